"""The printed atlas: our own maps as SVG, set on pages by Typst."""
