"""The way in: the command ``kehuma`` begins here."""

import os


def main() -> None:
    """Run the command line under our settings; leaves through ``SystemExit`` with the command's exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kehuma.config.settings")
    # Imported here: the commands may look at the settings as soon as they are imported.
    from kehuma.cli.main import app

    app()
