"""What every page stands on: who visits, in which language, with which templates, headers and names."""
