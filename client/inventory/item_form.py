"""The form of an item: a new one takes the defaults of its category."""

from client.core.form import FormDialog
from protos.common.list_pb2 import IdRequest
from protos.inventory import category_pb2

_GET = category_pb2.DESCRIPTOR.services_by_name["CategoryService"].methods_by_name["Get"]
_FLAGS = ("expiry_managed", "trace_required", "chargeable")


class ItemForm(FormDialog):
    """A new item takes the flags and the control class of the category chosen for it."""

    _asked = 0  # the category whose defaults were asked for last

    def _bind(self) -> None:
        super()._bind()
        editor = self.body.boxes["category_id"].editor
        assert editor is not None
        editor.changed.connect(self.ask_defaults)

    def ask_defaults(self) -> None:
        """Ask for the category's defaults, unless the item is kept already."""
        editor = self.body.boxes["category_id"].editor
        chosen = editor.value() if editor is not None else None
        if self.is_stored or not chosen or chosen == self._asked or not self._api.can(_GET):
            return
        self._asked = chosen
        self._api.call(_GET, IdRequest(id=chosen), self, self._inherit)

    def _inherit(self, category: category_pb2.Category) -> None:
        if self.is_stored or category.id != self._asked:
            return
        names = (*_FLAGS, "control") if category.control else _FLAGS
        for name in names:
            editor = self.body.boxes[name].editor
            if editor is not None:
                editor.set_value(getattr(category, name))
                editor.changed.emit()
        self.note.setText(
            f"已按类别“{category.name}”带出有效期、追溯码、收费和管制的默认值，请核对"
        )
