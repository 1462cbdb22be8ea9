/** GraphiQL over this service. Key, case and all that is typed live in memory, and are gone with the page. */
"use strict";

const field = (name) => document.getElementById(name);

/** What GraphiQL would keep in the browser, where the next one at this machine could read it. */
const memory = (() => {
  const kept = new Map();
  return {
    get length() {
      return kept.size;
    },
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => void kept.set(name, text),
    removeItem: (name) => void kept.delete(name),
    clear: () => kept.clear(),
  };
})();

/** The answers of a stream of server-sent events, until it ends or `stop` cuts it. */
async function* answers(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
      const data = text.slice(0, end).match(/^event: next\ndata: (.*)$/);
      if (data) yield JSON.parse(data[1]);
    }
  }
}

/** Asks; an operation is answered once, a subscription by what can be iterated over. */
async function ask(params, options = {}) {
  const headers = {
    accept: "application/graphql-response+json, text/event-stream;q=0.5",
    "content-type": "application/json",
    ...options.headers,
  };
  if (field("key").value) headers.authorization = `Bearer ${field("key").value.trim()}`;
  if (field("case").value) headers["headwater-case"] = field("case").value.trim();
  const stop = new AbortController();
  const response = await fetch(location.pathname, {
    method: "POST",
    headers,
    body: JSON.stringify(params),
    redirect: "error",
    signal: stop.signal,
  });
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return response.json();
  const told = answers(response.body);
  const stream = {
    [Symbol.asyncIterator]: () => stream,
    next: () => told.next().catch((error) => (stop.signal.aborted ? { done: true } : Promise.reject(error))),
    // A generator that waits for an event would end with that event only.
    return: async () => {
      stop.abort();
      return { done: true };
    },
  };
  return stream;
}

const root = ReactDOM.createRoot(field("page"));

function show() {
  root.render(
    React.createElement(GraphiQL, {
      // A new function, so that the schema is asked for anew with another key.
      fetcher: (...asked) => ask(...asked),
      storage: memory,
      showPersistHeadersSettings: false,
      defaultQuery: "{\n  me {\n    name\n    role\n  }\n}\n",
    }),
  );
}

field("key").addEventListener("change", show);
show();
