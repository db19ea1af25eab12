"""How `degradekit upscale` shows its work: a bar of the pictures, one of the steps of each, and lines.

The command imports this module when it runs, as `--help` must load neither tqdm nor torch.
"""

from collections.abc import Callable, Iterable

from degradekit_models.upscale_files import Progress, UpscaleSummary
from degradekit_models.upscale_jobs import Job
from tqdm import tqdm

from degradekit.wording import counted
from degradekit_cli.commands import echo


class UpscalingDisplay(Progress):
    """A bar of the pictures, and one of the steps of each below it; close it at the end.

    Args:
        with_dashes: Returns a line with the names of the command's options.

    Attributes:
        pictures: How many pictures there are; 0 until the work begins.
    """

    def __init__(self, with_dashes: Callable[[str], str]) -> None:
        self._with_dashes = with_dashes
        self.pictures = self._enlarged = self._existed = 0
        self._bar = tqdm(disable=True)

    def start(self, count: int, network: str) -> None:
        """Print what the network is, and begin the bar of the pictures."""
        echo(network, err=True)
        self.pictures, self._bar = count, tqdm(total=count, unit="picture", disable=None, leave=False)

    def steps(self, steps: range) -> Iterable[int]:
        """Show the steps of a picture."""
        return tqdm(steps, unit="step", disable=None, leave=False)

    def note(self, text: str) -> None:
        """Print a line."""
        echo(self._with_dashes(text), err=True)

    def enlarged(self, job: Job) -> None:
        """Count a picture that has been written."""
        self._enlarged += 1
        self._bar.update()

    def skipped(self, job: Job) -> None:
        """Count a picture whose enlargement exists."""
        self._existed += 1
        self._bar.update()

    def failed(self, job: Job, error: Exception) -> None:
        """Print why a picture was not enlarged."""
        echo(f"error: {error}", err=True)
        self._bar.update()

    def print_stopped(self) -> None:
        """End the bar, and print how far the work is and how to go on."""
        self.close()
        done = f"{self._enlarged + self._existed} of {counted(self.pictures, 'picture')}"
        echo(f"stopped after {done}; the same command with --skip-existing resumes", err=True)

    def print_summary(self, summary: UpscaleSummary) -> None:
        """Print what was done, and how fast."""
        existed = f", {self._existed} existed" if self._existed else ""
        speed = ""
        if self._enlarged:
            speed = f" in {summary.seconds:.1f} s, {summary.pixels / 1e6 / summary.seconds:.3g} megapixels/s"
        enlarged = f"{self._enlarged} of {counted(self.pictures, 'picture')}"
        echo(f"{enlarged} enlarged x{summary.scale:g}{existed}{speed}")

    def close(self) -> None:
        """End the bar."""
        self._bar.close()
