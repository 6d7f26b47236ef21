"""``python -m kehuma`` is the command ``kehuma``."""

from kehuma.config.start import main

if __name__ == "__main__":
    main()
