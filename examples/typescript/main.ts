/** A program that searches, or tells everything on a seller. */

import process from "node:process";

import { ask, type Answer, type Service } from "./client.js";
import { FindDocument, type FindQuery, SellerDocument, type SellerQuery } from "./queries.js";

const USAGE = "node build/main.js search TEXT | seller ID, with SERVICE_URL and SERVICE_KEY in the environment";

function printHits({ search }: FindQuery): void {
  if (search === null) {
    return; // its error tells why
  }
  for (const { score, node } of search.nodes) {
    console.log(`${score.toFixed(2)} ${node.label} ${node.caption} ${node.id}`);
  }
  console.log(`${search.nodes.length} of ${search.total ?? "an unknown number"}`);
}

function printSeller({ node }: SellerQuery): void {
  if (node === null) {
    console.log("there is no such node");
    return;
  }
  console.log(`${node.label} ${node.caption}`);
  // The schema knows which kinds have these: without the check this does not compile.
  if ("platform" in node) {
    console.log(`on ${node.platform ?? "?"} since ${node.opened ?? "?"}`);
  }
  for (const { kind, source, target, records } of node.links.nodes) {
    const other = source?.id === node.id ? target : source;
    const evidence = records.map(({ file, row }) => `${file}:${row}`).join(", ");
    // An end is null when it was taken back while this was answered.
    console.log(`${kind} ${other?.caption ?? "?"} (${evidence})`);
  }
  console.log(`${node.links.nodes.length} of ${node.links.total ?? "an unknown number of"} links`);
}

/** Prints what could be answered and what could not; says whether all could. */
function show<Data>({ data, errors = [] }: Answer<Data>, print: (data: Data) => void): boolean {
  if (data) {
    print(data);
  }
  for (const { message, path, extensions } of errors) {
    console.error(`${extensions.code}: ${message}${path ? ` (at ${path.join(".")})` : ""}`);
  }
  return errors.length === 0;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  // What fetch says is "fetch failed"; why is in its cause, of which not every kind has a message.
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${"code" in cause ? cause.code : cause.message}` : error.message;
}

async function run(service: Service, question: string, value: string): Promise<boolean> {
  switch (question) {
    case "search":
      return show(await ask(service, FindDocument, { text: value }), printHits);
    case "seller":
      return show(await ask(service, SellerDocument, { account: value }), printSeller);
    default:
      throw new Error(USAGE);
  }
}

const { SERVICE_URL: url, SERVICE_KEY: key } = process.env;
const [question, value] = process.argv.slice(2);
try {
  if (!url || !key || !question || !value) {
    throw new Error(USAGE);
  }
  process.exitCode = (await run({ url, key }, question, value)) ? 0 : 1;
} catch (error) {
  console.error(reason(error));
  process.exitCode = 2;
}
