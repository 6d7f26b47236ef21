"""How forms are drawn: each field by our field component, with its hint or its error under it.

A form needs nothing for it: ``{{ field.as_field_group }}``, ``<c-field :field="form.name" />`` or ``<c-form :form="form">``.
A widget with ``attrs={"role": "switch"}`` is drawn as a switch.
"""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting


class Field(BoundField):
    """A field that gives its widget the class of the style sheet."""

    @property
    def is_boxed(self) -> bool:
        """Whether the control is a box beside its label."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_group(self) -> bool:
        """Whether the control is several boxes under one legend."""
        return isinstance(self.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        built = super().build_widget_attrs(attrs, widget)
        drawn = _class_of(widget or self.field.widget)
        own = (widget or self.field.widget).attrs.get("class", "")
        if drawn or own:
            built["class"] = f"{drawn} {own}".strip()
        return built


class Renderer(TemplatesSetting):
    """The renderer of all forms (``FORM_RENDERER``)."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
    bound_field_class = Field


def _class_of(widget: forms.Widget) -> str:
    match widget:
        case forms.CheckboxInput():
            return "switch" if widget.attrs.get("role") == "switch" else ""
        case forms.RadioSelect() | forms.CheckboxSelectMultiple() | forms.HiddenInput() | forms.ClearableFileInput():
            return ""
        case forms.Select():
            return "select"
        case _:
            return "input"
