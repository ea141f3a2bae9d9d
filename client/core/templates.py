"""F4: frequent documents by a short code."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from client.core.repeat import Repeats, Template
from client.core.style import restyle

CODE_MOST, NAME_MOST = 12, 30
_KEY = Qt.ItemDataRole.UserRole


class TemplateDialog(QDialog):
    """Type a code or initials and press Enter; below, keep the present content as a template."""

    chosen = Signal(object)  # Template
    kept = Signal(str, str)  # code and name for the present content

    def __init__(self, repeats: Repeats, parent: QWidget, *, may_keep: bool) -> None:
        super().__init__(parent)
        self.setWindowTitle("常用模板")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._repeats = repeats
        self.line = QLineEdit()
        self.line.setPlaceholderText("模板代码或名称简拼")
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.note = QLabel()
        self.code, self.name = QLineEdit(), QLineEdit()
        self._build(may_keep)
        self.line.textChanged.connect(self._show)
        self.line.installEventFilter(self)
        self.list.itemClicked.connect(lambda _: self.take())
        self._show()

    def _build(self, may_keep: bool) -> None:
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        hint = QLabel("↑↓ 选择，回车套用，Delete 删除，Esc 返回")
        hint.setProperty("role", "muted")
        for widget in (self.line, self.list, hint):
            column.addWidget(widget)
        keep = QWidget()
        row = QHBoxLayout(keep)
        row.setContentsMargins(0, 8, 0, 0)
        for edit, label, most in ((self.code, "代码", CODE_MOST), (self.name, "名称", NAME_MOST)):
            edit.setMaxLength(most)
            edit.setAccessibleName(f"新模板{label}")
            row.addWidget(QLabel(label))
            row.addWidget(edit, most)
        button = QPushButton("把当前内容存为模板")
        button.setAutoDefault(False)
        button.clicked.connect(lambda _: self.keep())
        row.addWidget(button)
        keep.setVisible(may_keep)
        column.addWidget(keep)
        column.addWidget(self.note)
        em = self.fontMetrics().height()
        self.resize(em * 34, em * 20)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows, Enter and Delete of the line belong to the list."""
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
            return False
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Up:
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                last = self.list.count() - 1
                self.list.setCurrentRow(max(0, min(self.list.currentRow() + step, last)))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.take()
            case Qt.Key.Key_Delete if not self.line.text():
                self.drop()
            case _:
                return False
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes from the code to the name, and from there keeps the template."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.code.hasFocus():
                self.name.setFocus()
            elif self.name.hasFocus():
                self.keep()
            return
        super().keyPressEvent(event)

    def current(self) -> Template | None:
        """The template under the bar."""
        item = self.list.currentItem()
        return Template(*item.data(_KEY)) if item is not None else None

    def take(self) -> None:
        """Use the template under the bar."""
        template = self.current()
        if template is not None:
            self.accept()
            self.chosen.emit(template)

    def drop(self) -> None:
        """Forget the template under the bar."""
        template = self.current()
        if template is not None:
            self._repeats.drop(template.code)
            self._show()

    def keep(self) -> None:
        """Keep the present content, if it has a code and a name."""
        code, name = self.code.text().strip(), self.name.text().strip()
        if not code or not name:
            self._say("请输入模板代码和名称", "fault")
            (self.name if code else self.code).setFocus()
            return
        self.kept.emit(code, name)
        self.code.clear()
        self.name.clear()
        self._say(f"已存为模板 {code}（不含单号、日期和个人信息）", "muted")
        self._show()
        self.line.setFocus()

    def _say(self, text: str, role: str) -> None:
        self.note.setText(text)
        restyle(self.note, "role", role)

    def _show(self) -> None:
        self.list.clear()
        for template in self._repeats.find(self.line.text()):
            item = QListWidgetItem(f"{template.code}　{template.name}", self.list)
            item.setData(_KEY, tuple(template))
        self.list.setCurrentRow(0)
        if not self.list.count() and not self._repeats.templates:
            self._say("还没有模板：填好一张常用单据后按 F4，把它存为模板", "muted")
