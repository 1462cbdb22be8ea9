/** Sends typed queries to the service: copy this file into a program of your own. */

import type { TypedDocumentString } from "./queries.js";

/** What the service refused; programs go by `code`, people by `message`. */
export interface Refusal {
  readonly message: string;
  /** Where in the data something is missing; absent when the whole query was refused. */
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string };
}

/** An answer: both may be there, for an error in one field does not take the others with it. */
export interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly Refusal[];
}

export interface Service {
  readonly url: string;
  readonly key: string;
}

/** Rejects when there is no answer of the service at all: it is away, too slow, or a proxy answers in its place. */
export async function ask<Data, Variables>(
  service: Service,
  query: TypedDocumentString<Data, Variables>,
  variables: Variables,
): Promise<Answer<Data>> {
  const response = await fetch(service.url, {
    method: "POST",
    headers: { authorization: `Bearer ${service.key}`, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
    // Else the key could follow to wherever a redirect leads.
    redirect: "error",
    signal: AbortSignal.timeout(60_000),
  });
  // Refusals come with a status of their own, and as JSON like any answer.
  if (!response.headers.get("content-type")?.startsWith("application/json")) {
    throw new Error(`status ${response.status}, and no answer of the service`);
  }
  return (await response.json()) as Answer<Data>;
}
