"""The theme of the page: colours of AA contrast in light and dark, and the typefaces that ship with the package."""

from __future__ import annotations

import gradio as gr


def theme() -> gr.themes.Base:
    """Gradio's plain theme in ink, paper and one green; no typeface of it is fetched from anywhere."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.emerald,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_md,
        font=["Vazirmatn", "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    ).set(
        button_primary_background_fill="#065f46",
        button_primary_background_fill_hover="#047857",
        button_primary_background_fill_dark="#047857",
        button_primary_background_fill_hover_dark="#065f46",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#ffffff",
    )
