"""What ``pyproject.toml`` cannot say: the scheme files lie at the top, where people look, and in a wheel in the package."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

SCHEMES = Path("schemes")


class BuildWithSchemes(build_py):
    """The usual step, and ``kehuma/schemes`` beside the modules."""

    def run(self) -> None:
        """Copy everything."""
        super().run()
        if self.editable_mode:
            return
        for source, target in self._schemes():
            self.mkpath(str(target.parent))
            self.copy_file(str(source), str(target))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:  # noqa: FBT001, FBT002 - setuptools calls it
        """The files made, for whoever takes them away again."""
        return [*super().get_outputs(include_bytecode), *(str(target) for _, target in self._schemes())]

    def _schemes(self) -> list[tuple[Path, Path]]:
        folder = Path(self.build_lib, "kehuma", "schemes")
        return [(path, folder / path.name) for path in sorted(SCHEMES.glob("*.toml"))]


setup(cmdclass={"build_py": BuildWithSchemes})
