"""What is typed or chosen on the way in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kehuma.apps.intake import services

ENDINGS = ".xlsx,.xls,.xlsm,.ods,.csv,.tsv,.txt,.gz,.parquet"
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "big5", "utf-16", "shift_jis", "latin-1")
DELIMITERS = ((",", _("逗号 ,")), (";", _("分号 ;")), ("\t", _("制表符")), ("|", _("竖线 |")))


class UploadForm(forms.Form):
    """A file."""

    file = forms.FileField(label=_("名单文件"), widget=forms.FileInput(attrs={"accept": ENDINGS, "data-submit": ""}))


class PasteForm(forms.Form):
    """A table copied from a spreadsheet."""

    text = forms.CharField(
        label=_("从表格复制，粘贴在这里（第一行是表头）"),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        strip=False,
        max_length=5_000_000,
    )


class ReadForm(forms.Form):
    """How to read the file instead."""

    encoding = forms.ChoiceField(
        label=_("文字编码"), choices=[(one, one.upper().replace("-SIG", " BOM")) for one in ENCODINGS], required=False
    )
    delimiter = forms.ChoiceField(label=_("分隔符"), choices=DELIMITERS, required=False)
    sheet = forms.ChoiceField(label=_("工作表"), required=False)
    header_row = forms.IntegerField(label=_("表头在第几行"), min_value=1, max_value=1000, required=False)

    def __init__(self, *args: object, sheets: tuple[str, ...] = (), is_text: bool = True, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        sheet = self.fields["sheet"]
        sheet.choices = [(one, one) for one in sheets]  # type: ignore[attr-defined]
        for name in ("sheet",) if is_text else ("encoding", "delimiter"):
            del self.fields[name]


class MapForm(forms.Form):
    """What the whole list has in common; the columns themselves are read beside it."""

    source = forms.CharField(
        label=_("来源"),
        max_length=100,
        help_text=_("如“旧 CRM”“门店台账”。同一来源的编号用来认出同一行，不同来源互不混淆。"),
        widget=forms.TextInput(attrs={"list": "sources", "autocomplete": "off", "form": "map"}),
    )
    scheme = forms.ChoiceField(label=_("编码规则"), widget=forms.Select(attrs={"form": "map"}))

    def __init__(self, *args: object, schemes: tuple[tuple[str, str], ...], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["scheme"].choices = list(schemes)  # type: ignore[attr-defined]


class CommitForm(forms.Form):
    """The way to commit."""

    mode = forms.ChoiceField(choices=[(one, one) for one in services.MODES])
