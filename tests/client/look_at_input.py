"""Prints as JSON what the diagnosis finds of the input method of the desktop it is started on."""

import json
import sys

from PySide6.QtWidgets import QApplication

from client.__main__ import choose_input_method
from client.core.input_method import of_input_method

if __name__ == "__main__":
    choose_input_method()
    app = QApplication(sys.argv[:1])
    print(json.dumps(of_input_method()))
