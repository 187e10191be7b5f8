"""Renderers: one report -> text in one format. What is said, and in which order, the report has decided already."""
