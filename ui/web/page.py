"""Gradio layout and event bindings of the chat page. Strings live in `i18n`; logic in `handlers` and `views`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import gradio as gr

from rag.types import MAX_QUESTION_CHARS
from ui.shared.i18n import WORDS
from ui.shared.sheets import CSV, XLSX
from ui.web.handlers import AT_ONCE, CheckWiring, Wiring
from ui.web.views import BatchWiring, SavedWiring, ViewWiring

# The theme of the page: colours of AA contrast in light and dark, and the typefaces that ship with the package.


def theme() -> gr.themes.Base:
    """Gradio's base theme in ink, paper and one green; all fonts ship with the package."""
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


BRAND = '<h1><span class="ar" lang="ar">إسناد</span> <span class="en" lang="en">Isnad</span></h1>'
SHEETS = (CSV, XLSX)

QUEUE = 64
"""Maximum length of the queue; a further question is refused with a message."""

PAGES = 500
"""Maximum number of pages, closed ones included, whose state Gradio keeps. A page beyond that goes on in a new
conversation."""

INTERNATIONAL = gr.I18n(
    en={key: said["en"] for key, said in WORDS.items()}, ar={key: said["ar"] for key, said in WORDS.items()}
)


_HTML: dict[str, Any] = {"latex_delimiters": [], "container": False, "sanitize_html": True}
_LIVE: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": AT_ONCE, "api_visibility": "private"}
_AT_ONCE: dict[str, Any] = {"show_progress": "hidden", "queue": False, "api_visibility": "private"}


def _t(key: str) -> Any:
    return INTERNATIONAL(key)


def page(
    wired: Wiring,
    checks: CheckWiring,
    views: ViewWiring,
    saved: SavedWiring,
    batches: BatchWiring | None = None,
    *,
    max_question_chars: int = MAX_QUESTION_CHARS,
    upload: Callable[..., Any] | None = None,
    endings: Collection[str] = (),
    log_out: bool = False,
) -> gr.Blocks:
    """The chat page; `upload` handles uploaded files of these `endings`, and `batches` uploaded sheets of questions;
    None where none are taken. `log_out` shows the control that ends the session."""
    blocks: gr.Blocks
    with gr.Blocks(analytics_enabled=False, title="Isnad · إسناد", fill_width=True) as blocks:
        conversation = gr.State("")
        shown = gr.State([])
        with gr.Row(elem_id="bar"):
            gr.Button(_t("menu"), elem_id="menu", size="sm", min_width=40)
            gr.Markdown(BRAND, elem_id="brand", **_HTML)
            tools = gr.Markdown(elem_id="tools", **_HTML)
            gr.Button(_t("theme"), elem_id="theme", size="sm", min_width=40)
            gr.Button(_t("other_language"), elem_id="language", size="sm", min_width=80)
        with gr.Row(elem_id="floor"):
            with gr.Column(elem_id="side", scale=0, min_width=248):
                new = gr.Button(_t("new"), elem_id="new", size="sm")
                gr.Button(_t("tab_ask"), elem_id="tab-ask", size="sm", min_width=40)
                gr.Button(_t("tab_check"), elem_id="tab-check", size="sm", min_width=40)
                if batches is not None:
                    gr.Button(_t("tab_batch"), elem_id="tab-batch", size="sm", min_width=40)
                gr.Markdown(_t("conversations"), elem_classes="heading")
                known = gr.Markdown(elem_id="conversations", **_HTML)
                with gr.Accordion(_t("saved"), open=False, elem_id="saved"):
                    kept = gr.Markdown(elem_id="saved-list", **_HTML)
                with gr.Accordion(_t("filters"), open=False, elem_id="filters"):
                    outlet = gr.Dropdown([], label=_t("outlet"), elem_id="outlet", interactive=True)
                    first = gr.Textbox(label=_t("from"), elem_id="from", max_length=10, placeholder="2016-02-08")
                    last = gr.Textbox(label=_t("to"), elem_id="to", max_length=10, placeholder="2016-02-08")
                    spoken = gr.Dropdown([], label=_t("article_language"), elem_id="spoken", interactive=True)
                with gr.Accordion(_t("names"), open=False, elem_id="names"):
                    named = gr.Markdown(elem_id="names-list", **_HTML)
                with gr.Accordion(_t("archive"), open=False, elem_id="archive"):
                    archive = gr.Markdown(elem_id="archive-told", **_HTML)
                if upload is not None:
                    with gr.Accordion(_t("upload"), open=False, elem_id="upload"):
                        files = gr.File(file_count="multiple", file_types=sorted(endings), label=_t("upload"))
                        report = gr.Markdown(elem_id="report", **_HTML)
                if log_out:
                    gr.Button(_t("log_out"), elem_id="log-out", size="sm")
            with gr.Column(elem_id="main", scale=1):
                chat = gr.Chatbot(
                    elem_id="chat",
                    label=_t("conversation"),
                    show_label=False,
                    buttons=[],
                    latex_delimiters=[],
                    reasoning_tags=[],
                    line_breaks=False,
                    feedback_options=None,
                    group_consecutive_messages=True,
                    allow_file_downloads=False,
                    placeholder=_t("welcome"),
                    layout="bubble",
                    autoscroll=False,
                    height="auto",
                )
                with gr.Column(elem_id="view"):
                    viewed = gr.Markdown(elem_id="viewed", **_HTML)
                    with gr.Row(elem_id="view-more", visible=False) as more:
                        added = gr.Textbox(
                            label=_t("compare.add"),
                            placeholder=_t("compare.add"),
                            elem_id="view-question",
                            show_label=False,
                            container=False,
                            max_length=max_question_chars,
                            scale=1,
                        )
                        add = gr.Button(_t("compare.add_go"), elem_id="view-add", scale=0, min_width=90)
                examples = gr.Markdown(elem_id="examples", **_HTML)
                with gr.Column(elem_id="asking"):
                    question = gr.Textbox(
                        label=_t("question"),
                        placeholder=_t("placeholder"),
                        elem_id="question",
                        show_label=False,
                        container=False,
                        lines=1,
                        max_lines=6,
                        max_length=max_question_chars,
                        autofocus=True,
                    )
                    with gr.Row(elem_id="ask-row"):
                        narrowed = gr.Markdown(elem_id="limits", **_HTML)
                        again = gr.Button(_t("again"), elem_id="again", scale=0, min_width=44)
                        send = gr.Button(_t("send"), elem_id="send", variant="primary", scale=0, min_width=90)
                        stop = gr.Button(
                            _t("stop"), elem_id="stop", variant="stop", scale=0, min_width=90, visible=False
                        )
                with gr.Column(elem_id="check"):
                    text = gr.Textbox(
                        label=_t("check.text"),
                        placeholder=_t("check.placeholder"),
                        elem_id="check-text",
                        lines=7,
                        max_lines=14,
                    )
                    with gr.Row(elem_id="checking"):
                        go = gr.Button(_t("check.go"), elem_id="check-go", variant="primary", scale=0, min_width=90)
                        end = gr.Button(
                            _t("stop"), elem_id="check-stop", variant="stop", scale=0, min_width=90, visible=False
                        )
                    checked = gr.Markdown(elem_id="checked", **_HTML)
                if batches is not None:
                    with gr.Column(elem_id="batch"):
                        sheet = gr.File(
                            file_types=list(SHEETS), label=_t("batch.file"), elem_id="batch-file", height=120
                        )
                        halt = gr.Button(
                            _t("stop"), elem_id="batch-stop", variant="stop", scale=0, min_width=90, visible=False
                        )
                        answered = gr.Markdown(elem_id="batched", **_HTML)
        bridge = gr.Textbox(elem_id="bridge", visible="hidden", show_label=False, max_length=400)
        bridge_go = gr.Button(elem_id="bridge-go", visible="hidden")
        leave_go = gr.Button(elem_id="leave-go", visible="hidden")
        view_bridge = gr.Textbox(elem_id="view-bridge", visible="hidden", show_label=False)
        view_go = gr.Button(elem_id="view-go", visible="hidden")
        compared = gr.State([])
        saved_bridge = gr.Textbox(elem_id="saved-bridge", visible="hidden", show_label=False)
        saved_go = gr.Button(elem_id="saved-go", visible="hidden")
        limit_bridge = gr.Textbox(elem_id="limit-bridge", visible="hidden", show_label=False)
        limit_go = gr.Button(elem_id="limit-go", visible="hidden")
        names = gr.Textbox(elem_id="limit-names", visible="hidden", show_label=False, lines=2)

        outputs = [chat, question, send, stop, conversation, shown, known, tools, examples]
        limits: list[gr.Dropdown | gr.Textbox] = [outlet, first, last, spoken, names]
        limited = [one.change for one in limits]
        asking = gr.on(
            [question.submit, send.click], wired.ask, [question, conversation, shown, *limits], outputs, **_LIVE
        )
        repeating = again.click(wired.again, [conversation, *limits], outputs, **_LIVE)
        loading = blocks.load(wired.load, None, [*outputs, outlet, spoken, archive, narrowed], **_LIVE)
        opening = bridge_go.click(wired.act, [bridge, conversation], outputs, **_AT_ONCE)
        joining = [
            opened.then(wired.join, [conversation, shown], outputs, trigger_mode="multiple", **_LIVE)
            for opened in (loading, opening)
        ]
        answerings = [asking, repeating, *joining]
        for answering in answerings:
            # For each question: it cancels the search for follow-ups to the one before.
            answering.then(wired.follow, shown, chat, trigger_mode="multiple", **_LIVE)
        # Before the handler that leaves a question, so that nothing of it is shown over what that handler gives.
        leave_go.click(None, cancels=answerings)
        new.click(None, cancels=answerings)
        go.click(checks.check, [text, *limits], [checked, go, end], **_LIVE)
        end.click(checks.stop, None, None, **_AT_ONCE)
        stop.click(wired.stop, None, None, **_AT_ONCE)
        new.click(wired.new, None, outputs, **_AT_ONCE)
        limit_go.click(wired.limit, [limit_bridge, *limits], [*limits, narrowed], **_AT_ONCE)
        # Several limits may change at once; the last event then has the values of all.
        gr.on(limited, wired.limited, limits, narrowed, trigger_mode="always_last", **_AT_ONCE)
        seen = [viewed, compared, more, added]
        # At once, also while another view is being made: it takes its place.
        view_go.click(views.show, [view_bridge, *limits], seen, trigger_mode="multiple", **_LIVE)
        saved_go.click(saved.act, [saved_bridge, *limits], [kept, *seen], trigger_mode="multiple", **_LIVE)
        blocks.load(saved.load, None, kept, **_LIVE)
        gr.on([blocks.load, *limited], wired.names, limits, named, trigger_mode="always_last", **_LIVE)
        gr.on([added.submit, add.click], views.add, [added, compared, *limits], seen, trigger_mode="multiple", **_LIVE)
        if batches is not None:
            sheet.upload(batches.answer, [sheet, *limits], [answered, sheet, halt], **_LIVE)
            halt.click(batches.stop, None, None, **_AT_ONCE)
            blocks.unload(batches.stop)
        blocks.unload(views.stop)
        blocks.unload(wired.leave)
        blocks.unload(checks.stop)
        if upload is not None:
            shown_in: dict[str, Any] = {**_LIVE, "show_progress": "full", "show_progress_on": files}
            files.upload(upload, files, [report, files, archive], **shown_in)
    # Gradio checks the paths of files in requests only if this is set; `launch` sets it, mounting does not.
    blocks.has_launched = True
    blocks.state_session_capacity = PAGES
    blocks.queue(default_concurrency_limit=AT_ONCE, max_size=QUEUE, api_open=False)
    return blocks


def session_of(blocks: gr.Blocks, event_id: str) -> str | None:
    """The session of a queued or running event; None if there is no such event."""
    event = blocks._queue.event_ids_to_events.get(event_id)
    return event.session_hash if event else None
