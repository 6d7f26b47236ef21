"""Fields are drawn by our component, with what a screen reader needs."""

from django import forms


class Sample(forms.Form):
    name = forms.CharField(label="名称", help_text="与营业执照一致")
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea({"class": "mono"}))
    kind = forms.ChoiceField(label="类型", choices=[("e", "企业"), ("p", "个人")], widget=forms.RadioSelect)
    trade = forms.ChoiceField(label="行业", choices=[("C", "制造")])
    is_on = forms.BooleanField(label="启用", required=False, widget=forms.CheckboxInput({"role": "switch"}))


def test_a_field_has_label_hint_and_class() -> None:
    drawn = Sample()["name"].as_field_group()
    assert '<label for="id_name">名称<span class="req"' in drawn
    assert 'class="input"' in drawn
    assert 'aria-describedby="id_name_helptext"' in drawn
    assert 'id="id_name_helptext"' in drawn


def test_a_fault_is_tied_to_its_field() -> None:
    drawn = Sample({"name": ""})["name"].as_field_group()
    assert 'aria-invalid="true"' in drawn
    assert 'id="id_name_error"' in drawn
    assert "id_name_error" in drawn.split('aria-describedby="')[1].split('"')[0]


def test_each_kind_of_control_has_its_own_drawing() -> None:
    form = Sample()
    assert 'class="select"' in form["trade"].as_field_group()
    assert 'class="input mono"' in form["note"].as_field_group()
    assert 'class="switch"' in form["is_on"].as_field_group()
    assert "<fieldset" in form["kind"].as_field_group()
    assert form["kind"].as_field_group().count('type="radio"') == 2


def test_a_whole_form_is_drawn_by_the_same_fields() -> None:
    assert Sample().render().count('class="field') == 5


def test_choices_are_drawn_with_what_is_chosen_and_nothing_else_in_them() -> None:
    class Choosing(forms.Form):
        place = forms.ChoiceField(choices=[("", "—"), ("直辖市", [("11", '<北"京>'), ("31", "上海")])])
        kinds = forms.MultipleChoiceField(choices=[("e", "企业"), ("p", "个人")], widget=forms.CheckboxSelectMultiple)

    form = Choosing({"place": "31", "kinds": ["p"]})
    place, kinds = form["place"].as_field_group(), form["kinds"].as_field_group()
    assert '<optgroup label="直辖市"><option value="11">&lt;北&quot;京&gt;</option>' in place
    assert '<option value="31" selected>上海</option></optgroup>' in place
    assert '<input type="checkbox" name="kinds" value="p" id="id_kinds_1" checked>' in kinds
    assert kinds.count(" checked") == 1
