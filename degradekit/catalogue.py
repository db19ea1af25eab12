"""Every operator by its name: degradekit's in an explicit table, others by entry points or registered by users.

Those in the table are imported when they are first needed, so the table costs nothing.
"""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from degradekit.errors import Mistake, RecipeError, RecordError, shortened
from degradekit.known_names import unknown
from degradekit.step import Step

T = TypeVar("T", bound=type[Any])

GROUP = "degradekit.operators"

FAMILIES = {
    "Blur": {
        "kernel": "degradekit.operators.kernel:Kernel",
        "sinc": "degradekit.operators.sinc:Sinc",
        "box_blur": "degradekit.operators.blur:BoxBlur",
        "disc_blur": "degradekit.operators.blur:DiscBlur",
        "motion_blur": "degradekit.operators.blur:MotionBlur",
        "trajectory_blur": "degradekit.operators.trajectory_blur:TrajectoryBlur",
        "random_kernel": "degradekit.operators.blur:RandomKernel",
        "kernel_folder": "degradekit.operators.kernel_folder:KernelFolder",
        "median": "degradekit.operators.smoothing:Median",
        "bilateral": "degradekit.operators.smoothing:Bilateral",
    },
    "Resizing": {
        "resize": "degradekit.operators.resize:Resize",
        "resize_twice": "degradekit.operators.resize_twice:ResizeTwice",
        "pixelate": "degradekit.operators.pixelate:Pixelate",
        "crop": "degradekit.operators.crop:Crop",
    },
    "Noise": {
        "noise": "degradekit.operators.noise:Noise",
        "uniform_noise": "degradekit.operators.uniform_noise:UniformNoise",
        "salt_pepper": "degradekit.operators.salt_pepper:SaltPepper",
        "resized_noise": "degradekit.operators.resized_noise:ResizedNoise",
        "fractal_noise": "degradekit.operators.fractal_noise:FractalNoise",
        "photo_grain": "degradekit.operators.photo_grain:PhotoGrain",
        "paper_texture": "degradekit.operators.paper_texture:PaperTexture",
        "noise_pool": "degradekit.operators.noise_pool:NoisePool",
    },
    "Cameras and film": {
        "camera": "degradekit.operators.camera:Camera",
        "isp": "degradekit.operators.isp:ISP",
        "film_grain": "degradekit.operators.film_grain:FilmGrain",
        "boolean_grain": "degradekit.operators.boolean_grain:BooleanGrain",
    },
    "Still codecs": {
        "jpeg": "degradekit.operators.jpeg:JPEG",
        "jpeg_passes": "degradekit.operators.jpeg_passes:JPEGPasses",
        "jpeg_tables": "degradekit.operators.jpeg_tables:JPEGTables",
        "webp": "degradekit.operators.still_codecs:WebP",
        "avif": "degradekit.operators.still_codecs:AVIF",
        "jpeg2000": "degradekit.operators.still_codecs:JPEG2000",
        "jpegxl": "degradekit.operators.still_codecs:JPEGXL",
    },
    "Video codecs and chroma": {
        "h264": "degradekit.operators.video_h26x:H264",
        "hevc": "degradekit.operators.video_h26x:HEVC",
        "mpeg2": "degradekit.operators.video_mpeg:MPEG2",
        "mpeg4": "degradekit.operators.video_mpeg:MPEG4",
        "vp9": "degradekit.operators.video_web:VP9",
        "av1": "degradekit.operators.video_web:AV1",
        "chroma_subsampling": "degradekit.operators.chroma:ChromaSubsampling",
    },
    "Levels and print": {
        "quantize": "degradekit.operators.dither:Quantize",
        "dither": "degradekit.operators.dither:Dither",
        "palette": "degradekit.operators.palette:Palette",
        "screentone": "degradekit.operators.screentone:Screentone",
    },
    "Sharpening and lines": {
        "sharpen": "degradekit.operators.sharpen:Sharpen",
        "halo": "degradekit.operators.halo:Halo",
        "thick_lines": "degradekit.operators.thick_lines:ThickLines",
        "interlace": "degradekit.operators.scan_lines:Interlace",
        "sine_stripes": "degradekit.operators.scan_lines:SineStripes",
    },
    "Color and lens": {
        "levels": "degradekit.operators.levels:Levels",
        "saturation": "degradekit.operators.color:Saturation",
        "color_jitter": "degradekit.operators.color_jitter:ColorJitter",
        "color_cast": "degradekit.operators.color:ColorCast",
        "grayscale": "degradekit.operators.color:Grayscale",
        "vignetting": "degradekit.operators.lens:Vignetting",
        "chromatic_aberration": "degradekit.operators.lens:ChromaticAberration",
        "channel_shift": "degradekit.operators.lens:ChannelShift",
    },
    "Operators made of operators": {
        "chain": "degradekit.compose:Chain",
        "shuffle": "degradekit.compose:Shuffle",
        "one_of": "degradekit.compose:OneOf",
        "maybe": "degradekit.compose:Maybe",
        "linear_light": "degradekit.linear_light:LinearLight",
        "stage": "degradekit.high_order:Stage",
        "high_order": "degradekit.high_order:HighOrder",
    },
}
"""Each operator's module and class, by its name in recipes, in families; docs/library.md has these too."""

BUILT_IN = {op: target for family in FAMILIES.values() for op, target in family.items()}
"""Each operator's module and class, by its name in recipes; `from degradekit import ...` looks classes up in it too."""

_registered: dict[str, type[Any]] = {}


@cache
def _entry_points() -> dict[str, EntryPoint]:
    known = {op: EntryPoint(op, target, GROUP) for op, target in BUILT_IN.items()}
    for entry in entry_points(group=GROUP):
        if entry.name in known and known[entry.name].value != entry.value:
            raise RecipeError(_taken(entry.name, known[entry.name].value, entry.value))
        known[entry.name] = entry
    return known


def names() -> tuple[str, ...]:
    """Return the names of all operators."""
    return tuple(_entry_points() | _registered)


def register(operator_class: T) -> T:
    """Make an operator of a script or a notebook known, so that recipes and records can name it.

    A package does the same for all its users with an entry point in the group `degradekit.operators`. Defining a class
    anew under its old name, as happens in a notebook, replaces the old one.

    Args:
        operator_class: Has its name in `op`, and the classes of the steps that it draws in `step_types`.

    Returns:
        The class, so that this can be used as a decorator.

    Raises:
        RecipeError: This is not an operator's class, its name belongs to another operator, or a step's name does not
            begin with it.
    """
    op, step_types = (getattr(operator_class, attribute, None) for attribute in ("op", "step_types"))
    if not isinstance(operator_class, type) or not isinstance(op, str) or "." in op or step_types is None:
        rule = "must be an operator's class, with a name without dots in `op`"
        raise RecipeError(Mistake("operator_class", rule, operator_class))
    for step_type in step_types:
        if step_type.op.partition(".")[0] != op:
            rule = "the names of its steps must begin with its own; leave steps of other operators out of step_types"
            raise RecipeError(Mistake(f"operator {op!r}", rule, step_type.op))
    if op in names() and _path(find_operator(op)) != _path(operator_class):
        raise RecipeError(_taken(op, _path(find_operator(op)), _path(operator_class)))
    _registered[op] = operator_class
    return operator_class


def find_operator(op: object) -> type[Any]:
    """Return the operator class called `op`.

    Raises:
        RecipeError: There is none, and the message lists the known ones; or its package has none of the name.
    """
    if not isinstance(op, str) or not (op in _registered or op in _entry_points()):
        raise RecipeError(unknown("", op, names(), "operator"))
    return _registered[op] if op in _registered else _load(op, _entry_points()[op])


@cache
def _load(op: str, entry: EntryPoint) -> type[Any]:
    try:
        operator_class: type[Any] = entry.load()
    except (ImportError, AttributeError) as error:
        raise RecipeError(f"operator {op!r}: its package must have {entry.value} ({error})") from error
    if operator_class.op != op:
        raise RecipeError(Mistake(f"operator {op!r}", f"{entry.value} must have this name in `op`", operator_class.op))
    return operator_class


def find_step(op: object) -> type[Step]:
    """Return the class of the step called `op`.

    Raises:
        RecordError: There is none.
    """
    try:
        operator_class = find_operator(op.partition(".")[0] if isinstance(op, str) else op)
    except RecipeError as error:
        raise RecordError(str(error)) from None
    step_types: tuple[type[Step], ...] = operator_class.step_types
    for step_type in step_types:
        if step_type.op == op:
            return step_type
    known = ", ".join(step_type.op for step_type in step_types) or "none, as it is made of other operators"
    raise RecordError(f"unknown step {shortened(op)}; steps of {operator_class.op}: {known}")


def _path(operator_class: type[Any]) -> str:
    return f"{operator_class.__module__}:{operator_class.__qualname__}"


def _taken(op: str, owner: str, other: str) -> str:
    return f"operator {op!r}: a name must be unique (got {owner} and {other})"
