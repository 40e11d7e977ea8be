// A settled answer: its sentences with their citations, and the sources below. Laid out by
// ui/views/answer.py; everything here is drawn as text, so nothing an article says becomes markup.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useSetRecoilState } from "recoil";
import { sideViewState } from "@chainlit/react-client";
import { Check, Copy, NotebookPen, SearchX, ThumbsDown, TriangleAlert } from "lucide-react";

function usePassage() {
  const setSideView = useSetRecoilState(sideViewState);
  const [failed, setFailed] = useState(false);
  const open = async (source) => {
    setFailed(false);
    try {
      const reply = await callAction({
        name: "open_passage",
        payload: { ...source.place, lang: props.lang },
      });
      if (!reply?.response) throw new Error("no passage");
      const { article_id, chunk_id, start, end } = source.place;
      const id = JSON.stringify([article_id, chunk_id, start, end, props.lang]);
      setSideView({
        title: props.panel,
        key: id,
        elements: [
          {
            id,
            key: id,
            type: "custom",
            name: "SanadPassage",
            display: "inline",
            props: reply.response,
          },
        ],
      });
    } catch {
      setFailed(true);
    }
  };
  return { open, failed };
}

function Parts({ parts }) {
  return parts.map((part, i) =>
    part.marked ? <strong key={i}>{part.text}</strong> : <span key={i}>{part.text}</span>
  );
}

function Citation({ number, open }) {
  const source = props.sources.find((s) => s.number === number);
  if (!source) return null;
  return (
    <button
      type="button"
      className="sanad-cite"
      dir="ltr"
      title={source.excerpt.text}
      aria-label={source.label}
      onClick={() => open(source)}
    >
      [{number}]
    </button>
  );
}

function Statement({ statement, open }) {
  const { lead, lang, dir, foreign, citations, note, warning } = statement;
  return (
    <div className={warning ? "sanad-statement sanad-unsupported" : "sanad-statement"}>
      {lead && (
        <p className="sanad-lead" dir={lead.dir} lang={lead.lang}>
          {lead.text}
        </p>
      )}
      <p className={foreign ? "sanad-text sanad-foreign" : "sanad-text"} dir={dir} lang={lang}>
        <Parts parts={statement.parts} />
        {citations.map((number) => (
          <span className="sanad-cite-slot" key={number}>
            {"\u00a0"}
            <Citation number={number} open={open} />
          </span>
        ))}
      </p>
      {note && <p className="sanad-note">{note}</p>}
      {warning && (
        <p className="sanad-warning" role="note">
          <TriangleAlert aria-hidden="true" />
          <span>{warning}</span>
        </p>
      )}
    </div>
  );
}

function Refusal() {
  return (
    <div className="sanad-refusal" role="note">
      <SearchX aria-hidden="true" />
      <div>
        <p className="sanad-refusal-title">{props.title}</p>
        {props.missing && <p className="sanad-missing">{props.missing}</p>}
      </div>
    </div>
  );
}

// Each piece is isolated: an English publisher must not turn an Arabic date around.
function Imprint({ pieces }) {
  return (
    <span>
      {pieces.map((piece, i) => (
        <span key={i}>
          {i > 0 && " · "}
          <bdi>{piece}</bdi>
        </span>
      ))}
    </span>
  );
}

function Source({ source, open }) {
  const { number, title, imprint, language, headline, excerpt } = source;
  return (
    <li>
      <button
        type="button"
        className="sanad-source"
        aria-label={source.label}
        onClick={() => open(source)}
      >
        <span className="sanad-source-title">
          {number > 0 && (
            <span className="sanad-number" dir="ltr">
              [{number}]
            </span>
          )}
          <span dir={title.dir} lang={title.lang} className="sanad-title-text">
            {headline ? <mark>{title.text}</mark> : title.text}
          </span>
        </span>
        {!headline && (
          <span className="sanad-excerpt" dir={excerpt.dir} lang={excerpt.lang}>
            {excerpt.text}
          </span>
        )}
        <span className="sanad-about">
          {headline && <span className="sanad-badge sanad-headline">{headline}</span>}
          <span className="sanad-badge">{language}</span>
          <Imprint pieces={imprint} />
        </span>
      </button>
    </li>
  );
}

function CopyAnswer() {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(props.plain);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <button type="button" className="sanad-copy" onClick={copy} title={props.copy}>
      {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      <span className={copied ? "" : "sr-only"}>{copied ? props.copied : props.copy}</span>
    </button>
  );
}

// What became of the question whether an answer is right. Chainlit draws answers anew when the
// next question is asked, so this is kept outside of them, by answer.
const complaints = (window.sanadComplaints ??= {
  held: new Map(),
  listeners: new Set(),
  untouched: { state: "closed", comment: "", receipt: null, fresh: false },
  subscribe(listener) {
    complaints.listeners.add(listener);
    return () => complaints.listeners.delete(listener);
  },
  of: (answer) => complaints.held.get(answer) ?? complaints.untouched,
  change(answer, changes) {
    complaints.held.set(answer, { ...complaints.of(answer), ...changes });
    for (const listener of complaints.listeners) listener();
  },
});

function useComplaint() {
  const { answer, unsent } = props.feedback;
  const now = useSyncExternalStore(complaints.subscribe, () => complaints.of(answer));
  const change = (changes) => complaints.change(answer, changes);
  const finish = (receipt) => {
    const state = receipt.outcome === "failed" ? "open" : "done";
    change({ state, receipt, fresh: true });
  };
  const send = async () => {
    change({ state: "sending" });
    try {
      const { comment } = complaints.of(answer);
      const payload = { answer, comment, lang: props.lang };
      const reply = await callAction({ name: "note_wrong", payload });
      if (!reply?.response) throw new Error("no receipt");
      finish(reply.response);
    } catch {
      finish({ outcome: "failed", text: unsent, detail: "" });
    }
  };
  return { ...now, change, send };
}

// Once for what has just appeared, not again when it is drawn anew.
function useArrival({ fresh, change }, arrive) {
  useEffect(() => {
    if (!fresh) return;
    arrive();
    change({ fresh: false });
  }, [fresh]);
}

function Receipt({ complaint }) {
  const { outcome, text, detail } = complaint.receipt;
  const place = useRef(null);
  useArrival(complaint, () => {
    // The form that had the focus is gone.
    if (outcome !== "failed") place.current.focus({ preventScroll: true });
    place.current.scrollIntoView({ block: "nearest" });
  });
  const bad = outcome === "failed" || outcome === "forgotten";
  return (
    <div
      ref={place}
      tabIndex={-1}
      className={bad ? "sanad-receipt sanad-warning" : "sanad-receipt"}
      role={bad ? "alert" : "status"}
    >
      {bad ? <TriangleAlert aria-hidden="true" /> : <NotebookPen aria-hidden="true" />}
      <div>
        <p>{text}</p>
        {detail && (
          <code dir="ltr" lang="en">
            {detail}
          </code>
        )}
      </div>
    </div>
  );
}

function ComplaintForm({ complaint, leave }) {
  const { answer, limit, what, kept, send, cancel } = props.feedback;
  const sending = complaint.state === "sending";
  const form = useRef(null);
  const input = useRef(null);
  useArrival(complaint, () => {
    if (complaint.receipt) return; // it has failed, and the receipt comes into view
    input.current.focus({ preventScroll: true });
    form.current.scrollIntoView({ block: "nearest" });
  });
  const submit = (event) => {
    event.preventDefault();
    if (!sending) complaint.send();
  };
  const escape = (event) => {
    if (event.key !== "Escape" || sending) return;
    event.stopPropagation();
    leave();
  };
  return (
    <form ref={form} className="sanad-complaint" onSubmit={submit} onKeyDown={escape}>
      <label htmlFor={`wrong-${answer}`}>{what}</label>
      <textarea
        ref={input}
        id={`wrong-${answer}`}
        className="sanad-comment"
        rows={2}
        maxLength={limit}
        readOnly={sending}
        value={complaint.comment}
        onChange={(event) => complaint.change({ comment: event.target.value })}
      />
      <p className="sanad-note">{kept}</p>
      <div className="sanad-complaint-buttons">
        <button type="submit" className="sanad-send" aria-disabled={sending}>
          {send}
        </button>
        <button type="button" className="sanad-cancel" onClick={leave} disabled={sending}>
          {cancel}
        </button>
      </div>
    </form>
  );
}

// A reader who finds the answer wrong leaves it, with a comment, as a draft question.
function Feedback() {
  const complaint = useComplaint();
  const button = useRef(null);
  const isOpen = complaint.state === "open" || complaint.state === "sending";
  const open = () => complaint.change({ state: "open", fresh: true });
  const leave = () => {
    complaint.change({ state: "closed", receipt: null });
    button.current?.focus();
  };
  return (
    <div className="sanad-feedback">
      {complaint.state !== "done" && (
        <button
          ref={button}
          type="button"
          className="sanad-wrong"
          aria-expanded={isOpen}
          onClick={isOpen ? leave : open}
        >
          <ThumbsDown aria-hidden="true" />
          {props.feedback.wrong}
        </button>
      )}
      {isOpen && <ComplaintForm complaint={complaint} leave={leave} />}
      {complaint.receipt && <Receipt complaint={complaint} />}
    </div>
  );
}

export default function SanadAnswer() {
  const { open, failed } = usePassage();
  return (
    <section className="sanad-answer" dir={props.dir} lang={props.lang}>
      {props.refused && <Refusal />}
      {props.statements.map((statement, i) => (
        <Statement key={i} statement={statement} open={open} />
      ))}
      {props.sources.length > 0 && (
        <div className="sanad-sources">
          <div className="sanad-strip">
            <span>
              <b>{props.heading}</b>
              {props.used && <span className="sanad-used"> · {props.used}</span>}
            </span>
            <CopyAnswer />
          </div>
          <ul>
            {props.sources.map((source, i) => (
              <Source key={i} source={source} open={open} />
            ))}
          </ul>
        </div>
      )}
      {props.index && (
        <p className="sanad-warning" role="note">
          <TriangleAlert aria-hidden="true" />
          <span>{props.index}</span>
        </p>
      )}
      {failed && (
        <p className="sanad-warning" role="alert">
          <TriangleAlert aria-hidden="true" />
          <span>{props.panel_failed}</span>
        </p>
      )}
      <Feedback />
    </section>
  );
}
