"use strict";
// Lays out what became of one question. Text of the data comes as [text, language] and is only
// ever set as text; its direction is that of its language.

const data = JSON.parse(document.getElementById("data").textContent);
const { words, passages } = data;

/** An element with attributes and children; children that are strings become text. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** An element for text of the data, in its own language and direction. */
function said(tag, [text, lang], attributes = {}, ...children) {
  const direction = { lang, dir: lang === "ar" ? "rtl" : "ltr" };
  return make(tag, { ...direction, ...attributes }, ...(children.length ? children : [text]));
}

const block = (text) => said("p", text, { class: "text" });
const aside = (...children) => make("p", { class: "aside" }, ...children);
const badge = (kind, text) => make("span", { class: `badge ${kind}` }, text);
const percent = (value) => (value * 100).toFixed(1);
const milliseconds = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
const status = (name) =>
  make("span", { class: `status ${name.replaceAll(" ", "-")}` }, words.statuses[name]);
const isKnown = (id) => Object.hasOwn(passages, id);
const title = (id) => (isKnown(id) ? said("bdi", passages[id].title) : make("code", {}, id));

/** A named part of a trace; null when it holds nothing. */
function part(name, ...children) {
  const there = children.filter(Boolean);
  return there.length ? make("div", { class: "part" }, make("h4", {}, name), ...there) : null;
}

/** Names with figures, in a row. */
function pairs(entries) {
  const rows = entries.map(([name, value]) =>
    make("div", {}, make("dt", {}, name), make("dd", {}, value)),
  );
  return rows.length ? make("dl", { class: "pairs" }, ...rows) : null;
}

/* --- what was said ----------------------------------------------------------------------- */

/** The lines of the answer, each in its own direction. */
function answerText(question, place) {
  const lines = question.answer.map((line) => answerLine(question, line, place));
  return make("div", { class: "answer" }, ...lines);
}

/** A line of the answer, its [n] turned into buttons that open the passage they cite. */
function answerLine(question, line, place) {
  const pieces = line[0].split(/(\[\d+\])/).map((piece) => {
    const number = /^\[\d+\]$/.test(piece) ? Number(piece.slice(1, -1)) : null;
    const cited = question.citations?.find((citation) => citation.number === number);
    if (!cited) return piece;
    const label = `Open the passage of citation ${number}`;
    const button = make("button", { type: "button", class: "ref", "aria-label": label }, piece);
    button.addEventListener("click", () => openPassage(place, cited.passage));
    return button;
  });
  return said("p", line, { class: "text" }, ...pieces);
}

function openPassage(place, id) {
  const details = place.querySelector(`[data-passage="${CSS.escape(id)}"]`);
  if (!details) return;
  details.open = true;
  details.scrollIntoView({ block: "nearest" });
  details.querySelector("summary").focus({ preventScroll: true });
}

function citations(question) {
  const items = (question.citations ?? []).map((citation) => {
    const verified = citation.verified ? "word for word" : badge("bad", "not in the article");
    const isShown = question.answer?.some(([line]) => line.includes(citation.quote[0])); // as in answers by quotes
    return make(
      "li",
      {},
      isShown ? null : block(citation.quote),
      aside(
        `[${citation.number}] `,
        title(citation.passage),
        passages[citation.passage]?.part === "title" ? " · headline · " : " · ",
        verified,
      ),
    );
  });
  return items.length ? make("ul", { class: "quotes" }, ...items) : null;
}

function refusal(question) {
  if (!question.refused) return null;
  const { reason, answer, missing = [], withheld } = question;
  const names = missing.flatMap((name) => [said("bdi", name), " "]);
  return part(
    "Refused",
    reason && reason[0] !== answer?.[0][0] ? block(reason) : null,
    names.length ? make("p", {}, "Not in the nearest passages: ", ...names) : null,
    withheld ? aside("It would have answered:") : null,
    withheld ? block(withheld) : null,
  );
}

function expected(question) {
  if (!question.answerable) return aside("The articles do not answer this.");
  const items = (question.expected ?? []).map((text) => make("li", {}, said("bdi", text)));
  return make("ul", { class: "chips" }, ...items);
}

const PIECES = {
  same: "shaded: shared",
  missing: "dashed: expected, not said",
  added: "plain: said besides",
};

/** The short answer against the nearest expected one. */
function difference({ pieces, lang }) {
  const spans = pieces.flatMap(([kind, text]) => [said("span", text, { class: kind }), " "]);
  const there = new Set(pieces.map(([kind]) => kind));
  const legend = Object.keys(PIECES).filter((kind) => there.has(kind));
  return make(
    "div",
    {},
    said("p", ["", lang], { class: "text difference" }, ...spans),
    aside(legend.map((kind) => PIECES[kind]).join(" · ")),
  );
}

function flip({ flip }) {
  if (!flip) return null;
  const side = (name, lines, state) =>
    make("div", {}, make("h4", {}, `${name} · `, status(state)), ...lines.map(block));
  const before = side("Before", flip.before, flip.status_before);
  const after = side("After", flip.after, flip.status_after);
  const verb = flip.kind === "fixed" ? "Fixed" : "Broken";
  const stage = flip.stage && aside(`${verb} at ${words.stages[flip.stage][0].toLowerCase()}.`);
  return make("div", { class: "part" }, make("div", { class: "two" }, before, after), stage);
}

/* --- what was found ---------------------------------------------------------------------- */

/** Ranks of the labelled passage on its way, and the stage that lost it. */
function way({ places, blame }) {
  const stages = Object.entries(words.places).map(([name, label]) => {
    const isAbsent = places[name] === null;
    const rank = make("b", { class: "n" }, isAbsent ? "absent" : `${places[name]}`);
    return make("li", { class: isAbsent ? "absent" : "" }, rank, label);
  });
  const lost = words.stages[blame];
  return part(
    "Rank of the labelled passage at each stage",
    make("ol", { class: "way" }, ...stages),
    lost ? make("p", { class: "small" }, `Lost at ${lost[0].toLowerCase()}: ${lost[1]}.`) : null,
  );
}

/** The text of a passage with its marks, which may overlap. */
function passageText(id, marks) {
  const [text] = passages[id].text;
  const cuts = [...new Set([0, text.length, ...marks.flatMap(([, start, end]) => [start, end])])];
  cuts.sort((a, b) => a - b);
  const runs = [];
  for (const [at, end] of cuts.slice(1).entries()) {
    const start = cuts[at];
    const kinds = marks.filter((mark) => mark[1] <= start && end <= mark[2]).map(([kind]) => kind);
    const kind = [...new Set(kinds)].join(" ");
    if (runs.at(-1)?.kind === kind) runs.at(-1).text += text.slice(start, end);
    else runs.push({ kind, text: text.slice(start, end) });
  }
  const pieces = runs.map(({ kind, text }) => (kind ? make("mark", { class: kind }, text) : text));
  return said("p", passages[id].text, { class: "text" }, ...pieces);
}

/** A passage that opens: `hit` says where it was found, null that it was not. */
function passage(question, id, hit) {
  const cited = (question.citations ?? []).filter((citation) => citation.passage === id);
  const legs = Object.entries(hit?.legs ?? {}).map(([leg, rank]) => `${leg} ${rank}`);
  const score = hit && `score ${hit.score.toFixed(3)}`;
  const found = hit ? [score, ...legs].join(" · ") : "not among the hits";
  const badges = cited.map(({ number }) => badge("cited", `cited [${number}]`));
  if (passages[id]?.part === "title") badges.unshift(badge("headline", "headline"));
  if (hit?.gold || question.gold?.includes(id)) badges.unshift(badge("gold", "labelled"));
  const summary = make(
    "summary",
    {},
    make("span", { class: "rank n" }, hit ? `${hit.rank}` : "–"),
    make("span", { class: "title" }, title(id)),
    make("span", { class: "badges" }, ...badges),
    make("span", { class: "legs" }, found),
  );
  const body = isKnown(id)
    ? [passageText(id, question.marks?.[id] ?? []), aside(make("code", {}, passages[id].article))]
    : ["The report does not hold its text."];
  const details = make("details", { "data-passage": id }, summary);
  details.append(make("div", { class: "passage" }, ...body));
  details.open = cited.length > 0;
  return make("li", {}, details);
}

function hits(question) {
  const { hits = [], gold = [], citations = [] } = question;
  const found = new Set(hits.map((hit) => hit.passage));
  const others = new Set([...gold, ...citations.map((citation) => citation.passage)]);
  const items = [
    ...hits.map((hit) => passage(question, hit.passage, hit)),
    ...[...others].filter((id) => !found.has(id)).map((id) => passage(question, id, null)),
  ];
  if (!items.length) return null;
  const cited = make("mark", { class: "cited" }, "cited");
  const answer = make("mark", { class: "gold" }, "expected answer");
  return part(
    "Passages found, best first",
    make("ol", { class: "hits" }, ...items),
    aside(cited, " · ", answer, " in a labelled passage"),
  );
}

/* --- figures ----------------------------------------------------------------------------- */

function judged({ verdict }) {
  if (!verdict) return null;
  const given = ["faithfulness", "correctness"].filter((name) => verdict[name] !== null);
  return part(
    "Judge",
    pairs(given.map((name) => [name, percent(verdict[name])])),
    verdict.error ? make("p", { class: "text", dir: "auto" }, verdict.error) : null,
  );
}

/** Metrics beside confidence, judge and time. */
function figures(question) {
  const { values = {}, timings = {}, confidence } = question;
  const named = Object.entries(values).map(([name, value]) => [
    words.metrics[name] ?? name,
    percent(value),
  ]);
  const times = Object.entries(timings).map(([name, ms]) => [name, milliseconds(ms)]);
  const sure = confidence === undefined ? null : make("p", { class: "n" }, percent(confidence));
  const beside = [
    part("Confidence that the articles answer", sure),
    judged(question),
    part("Time", pairs(times)),
  ];
  return make(
    "div",
    { class: "two" },
    part("Metrics", pairs(named)),
    make("div", { class: "side" }, ...beside),
  );
}

/** Everything about a question. */
function trace(question) {
  const place = make("div", { class: "trace" });
  const { id, answer, answerable, prediction } = question;
  const compared = question.difference && difference(question.difference);
  const address = `#question=${encodeURIComponent(id)}`;
  const parts = [
    question.standalone ? part("Asked on its own", block(question.standalone)) : null,
    question.error ? part("Error", block(question.error)) : null,
    answer ? part("Answer", answerText(question, place), citations(question)) : null,
    refusal(question),
    make(
      "div",
      { class: "two" },
      part("Expected", expected(question)),
      compared ? part("Answered against expected", compared) : null,
      prediction && !compared ? part("Short answer", block(prediction)) : null,
    ),
    flip(question),
    answerable ? way(question) : null,
    hits(question),
    figures(question),
    aside(make("a", { href: address }, "Link to this question"), " ", make("code", {}, id)),
  ];
  place.append(...parts.filter(Boolean));
  return place;
}
