"""Lightning and accelerate, with the code of the page for them: an epoch has its own items, in resumed runs too."""

from importlib.util import find_spec

import pytest

torch = pytest.importorskip("torch")

from pages import block
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

PAGE = "docs/with-torch.md"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(find_spec(name) is None for name in ("lightning", "accelerate")),
        reason="`make slow` installs Lightning and accelerate",
    ),
]


class Recorded(Dataset):
    """Two items, and the epochs that were set when a loader's iterator, or an item, was made."""

    def __init__(self) -> None:
        self.epoch = 0
        self.iterators: list[int] = []
        self.items: list[int] = []

    def __len__(self) -> int:
        return 2

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        self.items.append(self.epoch)
        return {"lq": torch.zeros(3, 4, 4), "gt_usm": torch.zeros(3, 16, 16)}


class Loader(DataLoader):
    """A loader whose iterator could have workers: what they begin with is the epoch of the moment when it is made."""

    def __iter__(self):
        self.dataset.iterators.append(self.dataset.epoch)
        return super().__iter__()


def names(pairs: Recorded) -> dict:
    network = nn.Sequential(nn.Conv2d(3, 48, 3, padding=1), nn.PixelShuffle(4))
    optimizer = torch.optim.Adam(network.parameters())
    return {
        "torch": torch, "nn": nn, "functional": functional, "DataLoader": DataLoader, "pairs": pairs,
        "loader": Loader(pairs, batch_size=1), "network": network, "optimizer": optimizer,
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore::Warning:lightning")  # of torch's names and of what could be installed
def test_lightning_has_the_items_of_the_epoch_from_the_first_batch_of_a_resumed_run(tmp_path, monkeypatch):
    import lightning

    monkeypatch.chdir(tmp_path)
    definition, _ = block(PAGE, "import lightning").split("lightning.Trainer(")

    def run(epochs: int, checkpoint: str | None) -> tuple[lightning.Trainer, list[int]]:
        pairs = Recorded()
        exec(definition, page := names(pairs))
        trainer = lightning.Trainer(max_epochs=epochs, accelerator="cpu", logger=False, enable_progress_bar=False)
        trainer.fit(page["SuperResolution"](), ckpt_path=checkpoint)
        return trainer, pairs.iterators

    trainer, first = run(2, None)
    trainer.save_checkpoint("two.ckpt")
    assert first == [0, 1]
    assert run(4, "two.ckpt")[1] == [2, 3]


def test_accelerate_has_the_items_of_the_epoch_in_a_resumed_run():
    code = block(PAGE, "from accelerate")
    pairs = Recorded()
    exec(code.replace("range(2)", "range(2, 4)"), names(pairs))
    assert pairs.items == [2, 2, 3, 3]
