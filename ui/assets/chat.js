// The page's script: source panel, popovers, links, filters, keyboard. It writes text into text nodes only, and sends
// requests to its own origin only.
(() => {
  "use strict";
  const CONTROLS = /([\u202a-\u202e\u2066-\u2069])/;
  const SOURCE = /^#source\/([^/]+)\/([0-9a-f]+)\/(\d+-\d+)(?:\/(\d+-\d+))?$/;
  const root = document.documentElement;
  // What the page says where the server's answer has no words for it.
  const WORDS = {
    ar: { source: "المصدر", close: "أغلق", previous: "السابق", next: "التالي", failed: "تعذّر فتح المصدر. أعد المحاولة، أو أعد تحميل الصفحة.",
      keyboard: "لوحة المفاتيح", "/": "إلى خانة السؤال", j: "الاستشهاد التالي", k: "الاستشهاد السابق", Enter: "افتح المصدر", Esc: "أغلق", "?": "هذه القائمة" },
    en: { source: "Source", close: "Close", previous: "Previous", next: "Next", failed: "The source cannot be opened. Try again, or reload the page.",
      keyboard: "Keyboard", "/": "To the question box", j: "Next citation", k: "Previous citation", Enter: "Open the source", Esc: "Close", "?": "This list" },
  };
  const told = (key) => WORDS[root.lang.startsWith("ar") ? "ar" : "en"][key];
  const phone = matchMedia("(max-width: 60rem)");
  const one = (selector, from = document) => from.querySelector(selector);

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
      if (value !== null && value !== undefined) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  // ---- the panel of a source
  let panel, chips = [], at = -1, opener = null, asked = 0;

  const button = (name, label, sign, action) => {
    const made = make("button", { type: "button", class: name, title: label, "aria-label": label }, sign);
    made.addEventListener("click", action);
    return made;
  };

  // A bidi control stays at its offset, in an isolate of its own, so that it reorders nothing around it.
  const pieces = (text) =>
    text.split(CONTROLS).filter((piece) => piece !== "").map((piece) =>
      CONTROLS.test(piece)
        ? make("bdi", { class: "control", title: "U+" + piece.codePointAt(0).toString(16).toUpperCase() }, piece)
        : piece);

  const line = (segments) => {
    const shown = make("p", { dir: "auto" });
    let mark = null;
    for (const [text, kind] of segments) {
      if (kind === "cited" || kind === "words") {
        if (!mark) shown.append((mark = make("mark")));
        mark.append(...(kind === "words" ? [make("strong", {}, ...pieces(text))] : pieces(text)));
      } else {
        mark = null;
        shown.append(...(kind === "also" ? [make("span", { class: "also" }, ...pieces(text))] : pieces(text)));
      }
    }
    return shown;
  };

  const same = (element, other) => element.hash === other.hash;
  const target = (element) => SOURCE.exec(element.hash) || [];

  // The citations in the message of a chip, for previous and next; each target once.
  const siblings = (chip) => {
    const message = chip.closest(".message-row, #checked, #viewed, #batched") || document;
    const kind = ["a.card", "a.elsewhere"].find((other) => chip.matches(other)) || "a.cite";
    const all = [...message.querySelectorAll(kind)];
    return all.filter((element, index) => all.findIndex((other) => same(element, other)) === index);
  };

  // Lines that name the other articles of the story: after the chip of a quote, or in the list of sources.
  const elsewhere = (chip) => {
    const own = chip && chip.nextElementSibling;
    if (own && own.matches(".also-in")) return [...own.children].map((line) => line.cloneNode(true));
    const message = (chip && chip.closest(".message-row")) || make("div");
    const told = [...message.querySelectorAll(".source")].find((source) => {
      const cite = one("a.cite", source);
      return cite && same(cite, chip);
    });
    return told ? [...told.querySelectorAll(".besides")].map((line) => line.cloneNode(true)) : [];
  };

  // Fetch the source of a chip; the server compares its file with the version that was cited.
  const sourceOf = async (chip, more) => {
    const [, article, version, span, words] = target(chip);
    const query = new URLSearchParams({ version, span, ...(words ? { words } : {}) });
    more.forEach(([name, value]) => query.append(name, value));
    try {
      const response = await fetch(`/sources/${encodeURIComponent(article)}?${query}`);
      if (response.ok) return await response.json();
    } catch {
      // No connection, or no JSON.
    }
    return { failed: true, note: told("failed") };
  };

  const open = async (chip) => {
    const found = target(chip);
    if (!found.length) return;
    conceal();
    const mine = ++asked;
    chips = siblings(chip);
    at = chips.findIndex((other) => same(chip, other));
    if (at < 0) [chips, at] = [[chip], 0];
    const others = chips.map(target).filter((other) => other[1] === found[1] && other[3] !== found[3]);
    const page = await sourceOf(chip, others.map((other) => ["also", other[3]]));
    if (mine !== asked) return;
    show(page);
    document.querySelectorAll("a.open").forEach((other) => other.classList.remove("open"));
    chips[at].classList.add("open");
  };

  const step = (by) => {
    if (chips[at + by]) open(chips[at + by]);
  };

  const copy = async (text, where) => {
    const labels = where.dataset;
    try {
      await navigator.clipboard.writeText(text);
      where.textContent = labels.done;
    } catch {
      const area = make("textarea", { class: "copying" });
      area.value = text;
      document.body.append(area);
      area.select();
      where.textContent = document.execCommand("copy") ? labels.done : labels.failed;
      area.remove();
    }
    where.setAttribute("role", "status");
  };
  const copier = (page) => {
    const labels = page.labels || {};
    const made = make("button", { type: "button", class: "copy", "data-done": labels.copied, "data-failed": labels.not_copied }, labels.copy);
    made.addEventListener("click", () => copy(page.reference, made));
    return made;
  };
  // Copy the quote beside a link, with its reference from the server.
  const copyQuote = async (link) => {
    const page = await sourceOf(one("a.cite", link.parentElement), [["brief", "1"]]);
    const labels = page.labels || {};
    link.dataset.done = labels.copied || "";
    link.dataset.failed = labels.not_copied || "✗";
    if (page.reference) await copy(page.reference, link);
    else link.textContent = page.note || link.dataset.failed;
  };

  // The fields of a source, the place of the quote in the file, and whether the file was verified.
  const facts = (page) => {
    const list = make("dl");
    for (const [name, value] of page.fields || [])
      list.append(make("dt", {}, name), make("dd", {}, make("bdi", {}, ...pieces(value))));
    const parts = [list];
    if (page.place) {
      const here = make("span");
      here.style.insetInlineStart = `${100 * page.place[0]}%`;
      here.style.inlineSize = `${100 * page.place[1]}%`;
      parts.push(make("div", { class: "where", dir: page.direction === "rtl" ? "rtl" : "ltr" }, here));
    }
    if (page.verified) parts.push(make("p", { class: "exact" }, page.labels.matches));
    return parts;
  };

  // ---- the popover of a chip, on hover and on keyboard focus
  let pop, popped = null, timer = null, wanted = 0, quiet = false;
  const conceal = () => {
    wanted++;
    clearTimeout(timer);
    popped = null;
    if (pop) pop.hidden = true;
  };
  const reveal = async (chip) => {
    const mine = ++wanted;
    const page = await sourceOf(chip, [["brief", "1"]]);
    if (mine !== wanted || page.failed || !document.contains(chip)) return;
    const labels = page.labels || {};
    const parts = [];
    if (page.title) parts.push(make("h3", { dir: "auto" }, ...pieces(page.title)));
    if (page.quote && !chip.matches(".by")) parts.push(make("p", { class: "quote", dir: page.direction }, ...pieces(page.quote)));
    parts.push(...facts(page), ...elsewhere(chip));
    if (page.note) parts.push(make("p", { class: "note", dir: "auto" }, page.note));
    const opens = make("button", { type: "button", class: "open-source" }, labels.open_source || "");
    opens.addEventListener("click", () => {
      opener = chip;
      open(chip);
    });
    parts.push(make("div", { class: "acts" }, opens, ...(page.reference ? [copier(page)] : [])));
    pop.replaceChildren(...parts);
    pop.setAttribute("aria-label", `${labels.source || ""} ${one(".n", chip)?.textContent || chip.textContent}`);
    pop.hidden = false;
    popped = chip;
    // Below the chip, or above it if there is no room; aligned with the chip's start.
    const box = chip.getBoundingClientRect(), size = pop.getBoundingClientRect(), gap = 8;
    const below = box.bottom + gap + size.height <= innerHeight || box.top < size.height + gap;
    const start = getComputedStyle(chip).direction === "rtl" ? box.right - size.width : box.left;
    pop.style.top = `${Math.max(gap, below ? box.bottom + gap : box.top - gap - size.height)}px`;
    pop.style.left = `${Math.max(gap, Math.min(start, innerWidth - size.width - gap))}px`;
  };
  const popping = (chip, delay) => {
    clearTimeout(timer);
    timer = setTimeout(() => (chip ? reveal(chip) : conceal()), delay);
  };
  const chipAt = (event) => {
    const chip = event.target.closest ? event.target.closest("a.cite") : null;
    return chip && SOURCE.test(chip.hash) && !chip.closest("#source, #pop") ? chip : null;
  };
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const chip = chipAt(event);
    if (event.target.closest?.("#pop") || (chip && chip === popped)) clearTimeout(timer);
    else if (chip) popping(chip, popped ? 0 : 150);
    else if (popped || timer) popping(null, 250);
  });
  document.addEventListener("focusin", (event) => {
    const chip = chipAt(event);
    if (chip && chip.matches(":focus-visible") && !quiet) popping(chip, 0);
    else if (popped && event.target !== popped && !event.target.closest?.("#pop")) conceal();
  });
  document.addEventListener("scroll", (event) => { if (popped && !pop.contains(event.target)) conceal(); }, true);
  const refocus = (element) => {
    quiet = true;
    element.focus();
    quiet = false;
  };
  // The popover is at the end of the document: Tab leads from the chip into it, and from its end on from the chip.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || !popped || !document.contains(popped)) return;
    const acts = [...pop.querySelectorAll("button, a[href]")];
    const here = document.activeElement;
    if (here === popped && !event.shiftKey) acts[0].focus();
    else if (here === acts[0] && event.shiftKey) refocus(popped);
    else if (here === acts[acts.length - 1] && !event.shiftKey) {
      const chip = popped;
      conceal();
      return refocus(chip);
    } else return;
    event.preventDefault();
  });

  const show = (page) => {
    const labels = page.labels || {};
    const first = !panel.classList.contains("shown");
    const next = button("next", labels.next || told("next"), "›", () => step(1));
    const previous = button("previous", labels.previous || told("previous"), "‹", () => step(-1));
    previous.disabled = at <= 0;
    next.disabled = at >= chips.length - 1;
    const close = button("close", labels.close || told("close"), "×", shut);
    const where = (labels.place || "").replace("{n}", at + 1).replace("{all}", chips.length);
    const place = make("span", { class: "place" }, where);
    const number = one(".n", chips[at])?.textContent || (/^\d+$/.test(chips[at].textContent) ? chips[at].textContent : "");
    const heading = make("h2", { dir: "auto", tabindex: "-1" }, ...pieces(page.title || page.source || told("source")));
    const text = make("div", { class: "text", tabindex: "0", role: "document", "aria-label": page.title || page.source || told("source") });
    const tools = make("div", { class: "tools" });
    if (page.reference) tools.append(copier(page));
    if (page.file) tools.append(make("a", { class: "download", href: page.file, download: "" }, labels.download));
    text.append(...(page.lines || []).map(line));
    panel.replaceChildren(
      make("div", { class: "bar" }, ...(number ? [make("span", { class: "n" }, number)] : []), place, make("span", { class: "gap" }), previous, next, close),
      make("div", { class: "about" }, heading, ...facts(page), ...elsewhere(chips[at]),
        ...(page.note ? [make("p", { class: "note", role: "status", dir: "auto" }, page.note)] : [])),
      text, tools,
    );
    panel.classList.add("shown");
    panel.removeAttribute("inert");
    root.classList.add("with-source");
    const mark = one("mark", text);
    if (mark) mark.scrollIntoView({ block: "center", behavior: "instant" });
    if (first || phone.matches) heading.focus({ preventScroll: true });
  };

  const shut = () => {
    asked++;
    panel.classList.remove("shown");
    panel.setAttribute("inert", "");
    root.classList.remove("with-source");
    document.querySelectorAll("a.open").forEach((other) => other.classList.remove("open"));
    if (opener && document.contains(opener)) refocus(opener);
    opener = null;
  };

  // ---- requests to Gradio's handlers, by a hidden text box and button
  const fill = (selector, value) => {
    const box = one(`${selector} textarea, ${selector} input`);
    if (!box) return false;
    box.value = value;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };
  // Gradio ignores a click while the same event runs: click again until the watched element changes.
  const press = (button, watched) => {
    let tries = 45;
    const seen = new MutationObserver(() => { tries = 0; });
    const again = () => {
      if (tries-- <= 0) return seen.disconnect();
      one(button)?.click();
      setTimeout(again, 4000);
    };
    // From the first click on: what changes before it, such as when the page is still loading, does not answer it.
    setTimeout(() => {
      if (one(watched)) seen.observe(one(watched), { childList: true, subtree: true, characterData: true });
      again();
    }, 0);
  };
  // The page first stops hearing of the question that it shows, which goes on in its own conversation.
  const send = (what) => {
    if (!fill("#bridge", JSON.stringify(what))) return;
    setTimeout(() => {
      one("#leave-go")?.click();
      one("#bridge-go")?.click();
    }, 0);
  };
  const ask = (question) => {
    if (fill("#question", question)) setTimeout(() => one("#send")?.click(), 0);
  };

  // ---- views of a question: rendered by the server; a class of the root element selects the visible one
  const TABS = { "tab-ask": "", "tab-check": "with-check", "tab-batch": "with-batch" };
  const VIEW = /^#view\/(answer|timeline|compare)$/;
  const DAYS = /^#days\/(?:all|(\d{8})-(\d{8}))$/;
  const PLACES = ["with-view", "with-check", "with-batch"];
  const menu = (open) => {
    root.classList.toggle("with-menu", open);
    one("#menu")?.setAttribute("aria-expanded", String(open));
  };
  // The link that was followed may be hidden now: the keyboard goes on from what is shown.
  const land = (selector) => {
    const shown = one(selector);
    if (!shown) return;
    shown.tabIndex = -1;
    shown.focus({ preventScroll: true });
  };
  // Ask for a view. It is busy, and so is the link that asks, from the press until its heading is there; a view that is
  // still being made gives way to it on the server.
  const showView = (button, link) => {
    const busy = [one("#viewed"), link];
    for (const each of busy) each.setAttribute("aria-busy", "true");
    const seen = new MutationObserver(() => {
      for (const each of busy) each.removeAttribute("aria-busy");
      seen.disconnect();
    });
    seen.observe(busy[0], { childList: true, subtree: true, characterData: true });
    setTimeout(() => one(button)?.click(), 0);
    place("with-view");
    land("#viewed");
  };
  const place = (name) => {
    for (const other of PLACES) root.classList.toggle(other, other === name);
    menu(false);
    mend();
  };
  // The question of a link: that of its view, else the last one above it.
  const askedAbove = (link) => {
    const before = (asked) => asked.compareDocumentPosition(link) & Node.DOCUMENT_POSITION_FOLLOWING;
    const all = [...document.querySelectorAll(link.closest("#viewed") ? "#viewed .asked" : "#chat .asked")];
    // A follow-up as it was searched, with the filters that were typed in it.
    const whole = [...(link.closest(".message-row")?.querySelectorAll(".searched .whole, .searched .typed") || [])];
    return whole.length ? whole.map((part) => part.textContent).join(" ") : all.filter(before).pop()?.textContent;
  };
  const view = (link) => {
    const kind = VIEW.exec(link.hash)[1];
    if (kind === "answer") {
      place("");
      return land("#chat");
    }
    const asked = askedAbove(link);
    if (!asked || !fill("#view-bridge", JSON.stringify({ do: kind, questions: [asked] }))) return;
    showView("#view-go", link);
  };
  const SAVED = /^#saved\/(?:(save)|(look|remove)\/(\w+))$/;
  const keepAsked = (link) => {
    const [, save, what, id] = SAVED.exec(link.hash);
    const said = save ? { do: "save", question: askedAbove(link) } : { do: what, id };
    if (!fill("#saved-bridge", JSON.stringify(said))) return;
    if (what !== "remove") return showView("#saved-go", link);
    setTimeout(() => one("#saved-go")?.click(), 0);
    if (root.classList.contains("with-view") && one("#viewed .saved")) place("");
  };

  // Limits of the search. The chips for days and names open the menu in which they are set.
  const LIMIT = /^#limit\/(outlet|days|language|name|names)(?:\/(.*))?$/;
  const MENUS = { days: ["#filters", "#from input, #from textarea"], names: ["#names", "#names a.facet"] };
  const limit = (link) => {
    const [, kind, value] = LIMIT.exec(link.hash);
    if (MENUS[kind] && !link.matches(".on")) {
      const [menu, first] = MENUS[kind];
      if (phone.matches) menu(true);
      if (!one(first)?.offsetParent) one(`${menu} button`)?.click();
      return void setTimeout(() => one(first)?.focus(), 100);
    }
    const lifts = kind === "name" && link.matches(".on");
    const wanted = { [lifts ? "lift" : kind]: decodeURIComponent(value || "") };
    if (fill("#limit-bridge", JSON.stringify(wanted))) press("#limit-go", "#limits");
  };

  // Typed filters as the server reads them, each a chip whose click removes it from the text.
  const FILTER = /:|["“”„«»]|(?:^|\s)-/;
  let reading = null, readText = null;
  const readFilters = () => {
    const box = one("#question textarea"), row = one("#ask-row");
    if (!box || !row || box.value === readText) return;
    readText = box.value;
    clearTimeout(reading);
    if (!FILTER.test(readText)) return one("#typed")?.remove();
    reading = setTimeout(async () => {
      const text = box.value;
      let found;
      try {
        found = await (await fetch(`/understood?${new URLSearchParams({ question: text })}`)).json();
      } catch {
        return;
      }
      if (box.value !== text) return;
      one("#typed")?.remove();
      const chips = (found.filters || []).map(({ label, value, written }) => {
        const chip = make("button", { type: "button", class: "limit on", title: found.lift },
          `${label}: `, make("bdi", {}, ...pieces(value)), make("span", { class: "x" }, "×"));
        chip.addEventListener("click", () => {
          fill("#question", box.value.replace(written, " ").replace(/ {2,}/g, " ").trim());
          box.focus();
        });
        return chip;
      });
      if (found.note) chips.push(make("span", { class: "limit wrong", role: "status", dir: "auto" }, found.note));
      if (chips.length) row.before(make("div", { id: "typed", class: "limits" }, ...chips));
    }, 300);
  };

  // Report an answer; a report that it is wrong may include the right answer.
  const REPORT = /^#report\/([\w-]+)\/(right|unsupported|missing|wrong)$/;
  const report = async (link, answer) => {
    const [, turn, word] = REPORT.exec(link.hash);
    const place = link.closest(".report");
    if (word === "wrong" && answer === undefined) {
      if (one("form", place)) return one("form input", place).focus();
      const box = make("input", { type: "text", maxlength: 1000, "aria-label": link.title, placeholder: link.title, dir: "auto" });
      const form = make("form", {}, box, make("button", { type: "submit" }, one("a.say", place).title));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        report(link, box.value);
      });
      place.append(form);
      return box.focus();
    }
    const conversation = new URL(location.href).searchParams.get("c") || "";
    let said = "";
    try {
      const sent = await fetch(`/conversations/${encodeURIComponent(conversation)}/turns/${turn}/report`, {
        method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ word, answer: answer || "" }),
      });
      said = (await sent.json()).said || String(sent.status);
    } catch {
      said = "✗";
    }
    place.replaceChildren(make("summary", {}, one("summary", place)?.textContent || ""), make("p", { role: "status" }, said));
  };

  // Translate a quote with the browser's translator, on this machine. The result is shown under the quote, labelled.
  const TRANSLATE = /^#translate\/(\w+)-(\w+)$/;
  if ("Translator" in self) root.classList.add("translator");
  const translate = async (link) => {
    const [, sourceLanguage, targetLanguage] = TRANSLATE.exec(link.hash);
    const quote = one("p.quote", link.closest(".proof"));
    const place = link.parentElement;
    if (!quote || link.classList.contains("open")) return;
    link.classList.add("open");
    let text;
    try {
      const translator = await Translator.create({ sourceLanguage, targetLanguage });
      text = await translator.translate(quote.textContent);
    } catch {
      link.classList.remove("open");
      link.classList.add("failed");
      link.setAttribute("aria-disabled", "true");
      return;
    }
    const shown = make("div", { class: "translation", role: "status" },
      make("span", { class: "label" }, link.title), make("p", { dir: "auto", lang: targetLanguage }, text));
    place.after(shown);
    link.remove();
  };

  // Show only the entries from the first to the last selected day; the class of an entry has its days.
  const only = (first, last) => {
    const of = (element, name) => Number(new RegExp(`\\b${name}-(\\d{8})`).exec(element.className)?.[1]);
    for (const entry of document.querySelectorAll("#viewed .entry"))
      entry.classList.toggle("out", Boolean(first) && !(of(entry, "from") <= last && of(entry, "to") >= first));
    for (const bar of document.querySelectorAll("#viewed a.bar")) {
      const [, from, to] = DAYS.exec(bar.hash);
      bar.classList.toggle("out", Boolean(first) && !(Number(from) <= last && Number(to) >= first));
    }
    one("#viewed .view")?.classList.toggle("narrowed", Boolean(first));
  };
  let drawn = null;
  const bar = (event) => (event.target.closest ? event.target.closest("#viewed a.bar") : null);
  const draw = (event) => {
    const here = drawn && bar(event);
    if (!here) return;
    const ends = [drawn, here].flatMap((end) => DAYS.exec(end.hash).slice(1).map(Number));
    only(Math.min(...ends), Math.max(...ends));
  };
  document.addEventListener("pointerdown", (event) => {
    drawn = event.button === 0 ? bar(event) : null;
    if (drawn) draw(event);
  });
  document.addEventListener("pointermove", draw);
  document.addEventListener("pointerup", () => { drawn = null; });
  document.addEventListener("dragstart", (event) => { if (bar(event)) event.preventDefault(); });

  // A conversation that is opened or begun replaces the view.
  const converse = () => {
    place("");
  };

  // Unsent text survives the reload that a change of language needs, and only that reload.
  const TYPED = "isnad-typed";
  const BOXES = ["#question", "#check-text"];
  const keep = () => {
    const texts = BOXES.map((box) => one(`${box} textarea`)?.value || "");
    try {
      sessionStorage.setItem(TYPED, JSON.stringify({ texts, check: root.classList.contains("with-check") }));
    } catch {
      // The text exceeds the browser's quota.
    }
  };
  const restore = () => {
    const kept = sessionStorage.getItem(TYPED);
    if (!kept || !loaded()) return;
    sessionStorage.removeItem(TYPED);
    const { texts, check } = JSON.parse(kept);
    texts.forEach((text, index) => text && fill(BOXES[index], text));
    if (check) place("with-check");
  };

  const follow = (link) => {
    if (SOURCE.test(link.hash)) {
      opener = link;
      open(link);
    } else if (VIEW.test(link.hash)) view(link);
    else if (SAVED.test(link.hash)) keepAsked(link);
    else if (LIMIT.test(link.hash)) limit(link);
    else if (REPORT.test(link.hash)) report(link);
    else if (TRANSLATE.test(link.hash)) translate(link);
    else if (link.hash === "#copy") copyQuote(link);
    else if (DAYS.test(link.hash)) {
      const [, first, last] = DAYS.exec(link.hash);
      only(Number(first), Number(last));
    } else if (link.hash === "#ask") ask(link.textContent);
    else if (link.hash === "#delete-all") send({ do: "delete_all" });
    else if (link.hash.startsWith("#delete-")) send({ do: "delete", id: link.hash.slice(8) });
    else if (link.hash.startsWith("#open-")) {
      send({ do: "open", id: link.hash.slice(6) });
      converse();
    } else return false;
    return true;
  };

  // A streaming answer replaces its nodes under the pointer, so press and release are compared by target, not by node.
  const linkOf = (event) => (event.target.closest ? event.target.closest("a[href^='#']") : null);
  const meant = (link) => link && link.hash + link.textContent;
  let pressed = null;
  document.addEventListener("pointerdown", (event) => { pressed = event.button === 0 ? meant(linkOf(event)) : null; }, true);
  document.addEventListener("pointerup", (event) => {
    const link = linkOf(event);
    if (link && meant(link) === pressed) follow(link);
    pressed = null;
  }, true);
  document.addEventListener("click", (event) => {
    const link = linkOf(event);
    if (!link) return;
    event.preventDefault();
    if (event.detail === 0) follow(link); // by the keyboard
  }, true);

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest ? event.target.closest("button") : null;
    if (!pressed) return;
    if (pressed.id === "language") {
      const other = root.lang.startsWith("ar") ? "en" : "ar";
      const secure = location.protocol === "https:" ? ";secure" : "";
      document.cookie = `isnad_language=${other};path=/;max-age=31536000;samesite=strict${secure}`;
      keep();
      location.reload();
    } else if (pressed.id === "theme") {
      const dark = document.body.classList.toggle("dark");
      localStorage.setItem("isnad-theme", dark ? "dark" : "light");
    } else if (pressed.id === "send") {
      place("");
    } else if (TABS[pressed.id] !== undefined) {
      place(TABS[pressed.id]);
      one(pressed.id === "tab-check" ? "#check-text textarea" : "#question textarea")?.focus();
    } else if (pressed.id === "log-out") {
      // In any case: the reloaded page shows whether this browser is still signed in.
      const away = () => location.replace("/");
      fetch("/logout", { method: "POST" }).then(away, away);
    } else if (pressed.id === "new") {
      converse();
    } else if (pressed.id === "menu") {
      menu(!root.classList.contains("with-menu"));
    }
  });

  document.addEventListener("input", (event) => { if (event.target.closest?.("#question")) readFilters(); });

  // ---- keyboard shortcuts outside text fields: / to the box, j and k through citations, ? for the list
  const KEYS = ["/", "j", "k", "Enter", "Esc", "?"];
  // By its place where the layout has no such letter: on an Arabic keyboard the key of j is ت.
  const keyOf = (event) =>
    /^[\x00-\x7f]+$/.test(event.key) ? event.key : { KeyJ: "j", KeyK: "k", Slash: event.shiftKey ? "?" : "/" }[event.code];
  const help = () => {
    const open = one("#keys");
    if (open) return open.close();
    const list = make("dl");
    for (const key of KEYS) list.append(make("dt", {}, make("kbd", {}, key)), make("dd", {}, told(key)));
    const title = told("keyboard");
    const dialog = make("dialog", { id: "keys", "aria-label": title }, make("h2", {}, title), list);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };
  const walk = (by) => {
    if (panel.classList.contains("shown")) return step(by);
    const all = [...document.querySelectorAll("#chat a.cite, #viewed a.cite")].filter((chip) => chip.offsetParent);
    const here = all.indexOf(document.activeElement);
    const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + by, 0), all.length - 1)];
    if (next) next.focus({ focusVisible: true });
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (one("#keys")) return;
      if (popped) {
        const inside = pop.contains(document.activeElement), chip = popped;
        conceal();
        return inside ? refocus(chip) : undefined;
      }
      if (panel.classList.contains("shown")) shut();
      else menu(false);
      return;
    }
    if (event.key === "Enter" && !event.shiftKey && event.target.closest?.("#question")) place("");
    const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable=true]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const done = {
      "/": () => {
        place("");
        one("#question textarea")?.focus();
      },
      j: () => walk(1),
      k: () => walk(-1),
      "?": help,
    }[keyOf(event)];
    if (!done) return;
    event.preventDefault();
    done();
  });

  // Scroll a new question to the top, so that its answer is read from the beginning, however long it grows.
  let questions = 0;
  const toQuestion = () => {
    const rows = document.querySelectorAll("#chat .user-row");
    const more = rows.length > questions;
    questions = rows.length;
    const row = rows[rows.length - 1], pane = one("#chat .bubble-wrap");
    if (more && row && pane) pane.scrollTop += row.getBoundingClientRect().top - pane.getBoundingClientRect().top - 8;
  };

  // ---- corrections to what Gradio renders
  const mend = () => {
    restore();
    readFilters();
    toQuestion();
    // Gradio labels each message with its raw HTML; a screen reader should read its text.
    for (const message of document.querySelectorAll("#chat [data-testid='bot'][aria-label], #chat [data-testid='user'][aria-label]"))
      message.removeAttribute("aria-label");
    // Buttons that show a sign have their name as a tooltip.
    for (const sign of document.querySelectorAll("#menu, #theme, #again")) sign.title = sign.textContent.trim();
    // The title of a chip is for screen readers; sighted users have the popover.
    for (const chip of document.querySelectorAll("a.cite[title]")) {
      chip.setAttribute("aria-label", chip.title);
      chip.removeAttribute("title");
    }
    if (popped && !document.contains(popped)) conceal();
    for (const [id, name] of Object.entries(TABS)) {
      const shown = name ? root.classList.contains(name) : !PLACES.slice(1).some((other) => root.classList.contains(other));
      one("#" + id)?.setAttribute("aria-pressed", String(shown));
    }
    const log = one("#chat [role='log']");
    const label = one("#chat")?.dataset.label || one("#chat label")?.textContent.trim();
    if (log && label && log.getAttribute("aria-label") !== label) log.setAttribute("aria-label", label);
    // The address has the conversation, so that a reload opens it again.
    const named = one("#tools a[href^='/conversations/']");
    const id = named ? named.getAttribute("href").split("/")[2] : "";
    const url = new URL(location.href);
    if ((url.searchParams.get("c") || "") !== id && one("#tools")) {
      id ? url.searchParams.set("c", id) : named || !loaded() ? null : url.searchParams.delete("c");
      history.replaceState(null, "", url);
    }
  };
  const loaded = () => Boolean(one("#tools .ready"));

  // Gradio sets the system's colour scheme after this script has run.
  const themed = () => {
    const kept = localStorage.getItem("isnad-theme");
    const dark = document.body.classList.contains("dark");
    if (kept && dark !== (kept === "dark")) document.body.classList.toggle("dark", !dark);
  };

  // A link from elsewhere, such as that of a sheet or a feed, opens its source.
  const arrive = () => { if (SOURCE.test(location.hash)) open(make("a", { href: location.hash })); };

  const start = () => {
    panel = make("aside", { id: "source", inert: "", "aria-label": told("source") });
    pop = make("div", { id: "pop", role: "dialog" });
    pop.hidden = true;
    document.body.append(panel, pop);
    themed();
    arrive();
    addEventListener("hashchange", arrive);
    new MutationObserver(themed).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    let waiting = false;
    new MutationObserver(() => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mend(); });
    }).observe(document.body, { childList: true, subtree: true });
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
