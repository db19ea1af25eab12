"""What one page of the studio works on: a photo, a draft and perhaps a second one, a seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from degradekit.dataset import Pair
from degradekit.degradation import Degradation
from degradekit.errors import DatasetError, Mistake, RecipeError
from degradekit.operators.base import Operator
from degradekit.studio.arranging import Arrangement
from degradekit.studio.drafts import Draft
from degradekit.studio.draws import Draw, apply, draw
from degradekit.studio.form import Section, field_of, sections_of
from degradekit.studio.history import History
from degradekit.studio.photos import MAX_CROP, Crop, StudioPhoto


@dataclass
class Session:
    """The state of a page.

    Attributes:
        draft: The recipe that is edited.
        other: A second recipe, which is drawn beside it.
        photo: What is degraded; None until there is one.
        x, y: The center of the crop, from 0 to 1.
        seed: The seed of the draw.
        recipe: The draft's last recipe without a mistake.
        mistakes: The mistakes of the draft, by the path of the control or of the section where they are shown.
        sections: The form of the recipe.
        stored: The pair of a dataset that is shown, until something else is.
        history: The recipes before, as pairs of draft and second one.
    """

    draft: Draft = field(default_factory=Draft)
    other: Draft | None = None
    photo: StudioPhoto | None = None
    x: float = 0.5
    y: float = 0.5
    seed: int = 0
    recipe: Operator = field(init=False)
    mistakes: dict[str, list[Mistake]] = field(init=False, default_factory=dict)
    sections: tuple[Section, ...] = field(init=False)
    stored: Pair | None = None
    history: History[tuple[Draft, Draft | None]] = field(init=False, default_factory=History)

    def __post_init__(self) -> None:
        self.recipe = self.draft.recipe
        self.sections = sections_of(self.recipe)

    def open(self, draft: Draft) -> None:
        """Edit another recipe.

        Raises:
            RecipeError: It breaks a rule; the one before stays.
        """
        _ = draft.recipe
        self.history.leave((self.draft, self.other))
        self._edit(draft)

    def change(self, path: str, value: Any) -> bool:
        """Give a field another value; mistakes are kept to be shown at their fields, and the last good recipe stays.

        Returns:
            Whether the recipe has none.
        """
        self.history.leave((self.draft, self.other), path)
        return self._edit(self.draft.with_change(path, value))

    def arrange(self, arrangement: Arrangement) -> None:
        """Add, move or remove operators.

        Raises:
            RecipeError: This breaks a rule; the recipe before stays.
        """
        draft = self.draft
        for path, value in arrangement.changes.items():
            draft = draft.with_change(path, value)
        self.open(draft)

    def compare_with(self, other: Draft | None) -> None:
        """Draw another recipe beside this one, or none.

        Raises:
            RecipeError: It breaks a rule; the one before stays.
        """
        _ = other and other.recipe
        self.history.leave((self.draft, self.other))
        self.other = other

    def undo(self) -> None:
        """Take the last change of the recipes back."""
        draft, self.other = self.history.undo((self.draft, self.other))
        self._edit(draft)

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        draft, self.other = self.history.redo((self.draft, self.other))
        self._edit(draft)

    def _edit(self, draft: Draft) -> bool:
        """Edit a draft, and return whether it has no mistakes."""
        self.draft, self.mistakes, self.stored = draft, {}, None
        try:
            recipe = draft.recipe
        except RecipeError as error:
            for mistake in error.mistakes:
                self.mistakes.setdefault(field_of(mistake, self.sections), []).append(mistake)
            return False
        self.recipe, self.sections = recipe, sections_of(recipe)
        return True

    def show_stored(self, pair: Pair) -> None:
        """Show a pair of a dataset as its record makes it; its HR is the photo from then on."""
        self.stored = pair
        self.photo = StudioPhoto(pair.tile.key(pair.key), pair.hr)

    def move(self, x: float, y: float) -> None:
        """Take another crop, around a point of the photo."""
        self.x, self.y, self.stored = x, y, None

    def reseed(self, seed: int) -> None:
        """Draw with another seed."""
        self.seed, self.stored = seed, None

    def messages(self) -> dict[str, str]:
        """Return the mistakes in words, by the path of the control or of the section where they are shown."""
        return {
            path: "; ".join(str(mistake._replace(where="") if path else mistake) for mistake in mistakes)
            for path, mistakes in self.mistakes.items()
        }

    def compared_with(self) -> tuple[Operator, str]:
        """Return the recipe that this one's draws are compared with, and what it is: the second one, or the unedited.

        Raises:
            RecipeError: The second recipe breaks a rule.
        """
        if self.other is not None:
            return self.other.recipe, self._titles()[1]
        return self.draft.base, "the recipe before your changes"

    def _titles(self) -> tuple[str, str]:
        """Return what the two recipes are called."""
        assert self.other is not None
        title, other = self.draft.title, self.other.title
        return title, other if other != title else f"{other}, the other one"

    def swap(self) -> None:
        """Edit the second recipe, and show this one beside it."""
        if self.other is not None:
            other = self.draft
            self.open(self.other)
            self.other = other

    def crop(self) -> Crop:
        """Return the crop that is drawn, with sides that the scale divides.

        Raises:
            RecipeError: There is no photo, or it is smaller than the scale.
        """
        if self.photo is None:
            raise RecipeError("photo: open one, or drop one on the page")
        scale = self.recipe.lr_scale or 1
        crop = self.photo.crop(self.x, self.y, MAX_CROP // scale * scale)
        height, width = (side // scale * scale for side in crop.pixels.shape[:2])
        if not height * width:
            got = f"{self.photo.pixels.shape[1]} x {self.photo.pixels.shape[0]}"
            raise RecipeError(f"photo: both sides must be at least the scale, {scale} (got {got})")
        return crop._replace(pixels=crop.pixels[:height, :width])

    def draws(self) -> Mapping[str, Draw]:
        """Return a draw of each recipe on the crop, by name; the name is empty where there is one recipe.

        Raises:
            RecipeError: There is no photo, or a recipe draws what is refused.
            RecordError: The record of the stored pair cannot be used.
            DatasetError: It makes another LR than the one that is stored.
        """
        if self.stored is not None:
            return {"": _made_again(self.stored)}
        crop = self.crop()
        if self.other is None:
            return {"": draw(crop, self.recipe, self.seed)}
        pairs = zip(self._titles(), (self.recipe, self.other.recipe), strict=True)
        return {title: draw(crop, recipe, self.seed) for title, recipe in pairs}


def _made_again(pair: Pair) -> Draw:
    """Return a stored pair as its record makes it."""
    made = apply(Degradation.from_json(pair.degradation), pair.hr)
    if not np.array_equal(made.lr, pair.lr):
        rule = (
            "makes another LR than the stored one, as other versions of libraries may; `degradekit verify` names them"
        )
        raise DatasetError(f"{pair.key}, variant {pair.variant}: its record {rule}")
    return made
