"""The controls of a form: each shows a field's value, hands over what a person makes of it, and shows mistakes."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from nicegui import background_tasks, ui

from degradekit.errors import RecipeError
from degradekit.studio.control import Control
from degradekit.yaml_text import parse, write_inline

OnChange = Callable[[str, Any], Awaitable[None]]
"""Takes the path of a field, and its new value."""


class ControlView:
    """One control.

    Args:
        control: What it edits.
        on_change: Is called with the path and the new value.
    """

    def __init__(self, control: Control, on_change: OnChange) -> None:
        self._control, self._on_change = control, on_change
        self._value = control.value
        self._is_quiet = False
        with ui.element("div").classes("control").props(f'data-path="{control.path}"') as self._root:
            with ui.element("div").classes("name"):
                ui.label(control.name.replace("_", " ")).props(f'title="{control.name}"')
                if control.is_optional:
                    self._switch()
                if control.about:
                    with ui.icon("help_outline").classes("about"):
                        ui.tooltip(control.about).classes("about-text")
            with ui.element("div").classes("inputs") as self._body:
                self._build()
            self._error = ui.label().classes("error").props('role="alert"')
            self._error.set_visibility(False)

    def show_mistakes(self, words: str) -> None:
        """Show what is wrong; nothing where the text is empty."""
        self._error.set_text(words)
        self._error.set_visibility(bool(words))
        self._root.classes(add="wrong" if words else "", remove="" if words else "wrong")

    def _switch(self) -> None:
        switch = ui.switch(value=self._value is not None).props("dense size=xs")

        def toggle(event: Any) -> None:
            self._value = self._first_value() if event.value else None
            self._rebuild()
            self._set(self._value)

        switch.on_value_change(toggle)

    def _first_value(self) -> Any:
        limits = self._control.limits
        if self._control.kind == "span" and limits is not None:
            low, high, _ = self._control.slider
            return [int(low), int(high)] if limits.is_integer else [low, high]
        return limits.low if limits is not None else ""

    def _rebuild(self) -> None:
        self._body.clear()
        with self._body:
            self._build()

    def _build(self) -> None:
        if self._value is None and self._control.is_optional:
            ui.label("not set").classes("unset")
            return
        getattr(self, f"_build_{self._control.kind}")()

    def _set(self, value: Any) -> None:
        self._value = value
        background_tasks.create(self._on_change(self._control.path, value))

    def _on_edit(self, element: Any, handler: Callable[[Any], None]) -> Any:
        """Let a function have what a person gives an element, but not what other elements of the control give it."""
        element.on_value_change(lambda event: None if self._is_quiet else handler(event.value))
        return element

    def _quietly(self, element: Any, value: Any) -> None:
        """Show a value without handing it over."""
        self._is_quiet = True
        element.set_value(value)
        self._is_quiet = False

    def _number(self, value: float | None, on_change: Callable[[Any], None], label: str = "") -> Any:
        """Return an input of a number, which hands over text where there is no number in it."""
        field = ui.input(label or None, value="" if value is None else _shown(value))
        field.props('dense outlined debounce=250 inputmode="decimal"').classes("number")
        return self._on_edit(field, lambda text: on_change(self._read(text)))

    def _read(self, text: str) -> Any:
        """Return the number that a person has written, or else the text, for the recipe's rule to refuse."""
        try:
            number = float(text)
        except (TypeError, ValueError):
            return text
        limits = self._control.limits
        if limits is None:
            return number
        for limit in (limits.low, limits.high):
            if text == _shown(limit):  # as 3.1416 for pi, which is beyond it
                return limit
        return int(number) if limits.is_integer and number.is_integer() else number

    def _on_slider(self, value: float) -> float:
        """Return the value of the slider that is next to a number; NiceGUI sends no integer beyond 64 bits."""
        low, high, _ = self._control.slider
        return min(max(low, value), high)

    def _build_span(self) -> None:
        low, high, step = self._control.slider
        slider = ui.range(min=low, max=high, step=step, value=dict(zip(("min", "max"), self._value, strict=True)))
        slider.props("dense").classes("slider")
        with ui.element("div").classes("ends"):
            inputs = [
                self._number(end, partial(self._type_end, index, slider)) for index, end in enumerate(self._value)
            ]

        def slid(ends: dict[str, float]) -> None:
            old = list(self._value)
            for index, new in enumerate((ends["min"], ends["max"])):
                is_same = isinstance(old[index], int | float) and abs(new - self._on_slider(old[index])) < step / 2
                if not is_same:  # an end beyond the slider, or between its steps, stays where it is
                    old[index] = self._rounded(new)
                    self._quietly(inputs[index], _shown(old[index]))
            self._set(old)

        self._on_edit(slider, slid)

    def _type_end(self, index: int, slider: Any, value: Any) -> None:
        ends = [*self._value[:index], value, *self._value[index + 1 :]]
        if ends == self._value:
            return
        self._set(ends)
        if all(isinstance(end, int | float) for end in ends) and ends[0] <= ends[1]:
            self._quietly(slider, {"min": self._on_slider(ends[0]), "max": self._on_slider(ends[1])})

    def _build_number(self) -> None:
        low, high, step = self._control.slider
        slider = ui.slider(min=low, max=high, step=step, value=self._value).props("dense").classes("slider")

        def typed(value: Any) -> None:
            if value != self._value:
                self._set(value)
                if isinstance(value, int | float):
                    self._quietly(slider, self._on_slider(value))

        with ui.element("div").classes("ends"):
            field = self._number(self._value, typed)

        def slid(value: float) -> None:
            self._quietly(field, _shown(self._rounded(value)))
            self._set(self._rounded(value))

        self._on_edit(slider, slid)

    def _build_weights(self) -> None:
        with ui.element("div").classes("weights"):
            for name in self._control.names:
                self._number(self._value.get(name), partial(self._weigh, name), name.replace("_", " "))

    def _weigh(self, name: str, value: Any) -> None:
        weights = {each: value if each == name else self._value.get(each, 0) for each in self._control.names}
        self._set({each: weight for each, weight in weights.items() if weight not in ("", 0)})

    def _build_choice(self) -> None:
        choice = ui.select(list(self._control.names), value=self._value).props("dense outlined options-dense")
        self._on_edit(choice.classes("choice"), self._set)

    def _build_flag(self) -> None:
        self._on_edit(ui.switch(value=self._value).props("dense"), self._set)

    def _build_yaml(self) -> None:
        def typed(text: str) -> None:
            try:
                self._set(parse(text))
            except RecipeError as error:
                self.show_mistakes(str(error))

        field = ui.input(value=write_inline(self._value)).props("dense outlined debounce=400")
        self._on_edit(field.classes("yaml"), typed)

    def _rounded(self, value: float) -> float:
        limits = self._control.limits
        return round(value) if limits is not None and limits.is_integer else float(f"{value:.6g}")


def _shown(value: float) -> str:
    return f"{value:.5g}"
