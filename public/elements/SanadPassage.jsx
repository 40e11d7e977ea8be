// The paragraph behind a citation, beside the chat; laid out by ui/views/passage.py. Text only.
import { useEffect, useRef } from "react";
import { BadgeCheck, ExternalLink, TriangleAlert } from "lucide-react";

function Context({ label, text }) {
  if (!text) return null;
  return (
    <div className="sanad-context">
      <p className="sanad-context-label">{label}</p>
      <p dir={props.passage_dir} lang={props.passage_lang}>
        {text}
      </p>
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

function Verdict() {
  if (props.verified === null) return null;
  return (
    <p className={props.verified ? "sanad-verdict" : "sanad-warning"}>
      {props.verified ? <BadgeCheck aria-hidden="true" /> : <TriangleAlert aria-hidden="true" />}
      <span>{props.verdict}</span>
    </p>
  );
}

function Parts({ parts, mark }) {
  return parts.map((part, i) =>
    part.marked ? (
      <mark key={i} ref={mark}>
        {part.text}
      </mark>
    ) : (
      <span key={i}>{part.text}</span>
    )
  );
}

export default function SanadPassage() {
  const mark = useRef(null);
  useEffect(() => {
    mark.current?.scrollIntoView({ block: "nearest" });
  }, [props]);
  return (
    <article className="sanad-passage" dir={props.dir} lang={props.lang}>
      <h2 dir={props.title.dir} lang={props.title.lang}>
        {props.title_parts.length ? <Parts parts={props.title_parts} mark={mark} /> : props.title.text}
      </h2>
      <p className="sanad-about">
        <span className="sanad-badge">{props.language}</span>
        <Imprint pieces={props.imprint} />
        {props.url && (
          <a href={props.url} target="_blank" rel="noopener noreferrer">
            {props.link}
            <ExternalLink aria-hidden="true" />
          </a>
        )}
      </p>
      <Context label={props.earlier} text={props.before} />
      {props.heading && (
        <h3 dir={props.passage_dir} lang={props.passage_lang}>
          {props.heading}
        </h3>
      )}
      {props.parts.length > 0 && (
        <blockquote dir={props.passage_dir} lang={props.passage_lang}>
          <Parts parts={props.parts} mark={mark} />
        </blockquote>
      )}
      <Verdict />
      <Context label={props.later} text={props.after} />
    </article>
  );
}
