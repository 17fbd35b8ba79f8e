// Who and what is served: the mode, and the four lists.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { ListId, ListMode } from "../../tracker/admin_api.ts";
import { useApp } from "../context.ts";
import { LISTS } from "../feeds/manage_feed.ts";
import { formatCount } from "../format.ts";
import { useKeptFocus } from "../kept_focus.ts";
import { text } from "../text.ts";
import { CloseIcon } from "./icons.tsx";
import { Panel } from "./panel.tsx";
import { SearchField } from "./search_field.tsx";
import { Segments } from "./segments.tsx";
import { WaitingRows } from "./waiting.tsx";

const words = text.lists;
const MODES = ["open", "listed"] as const satisfies ListMode[];

export function ListsSection() {
  const { changes, feeds: { manage } } = useApp();
  const lists = manage.lists.value;
  const list = manage.list.value;
  if (lists === null) {
    return (
      <Panel heading={words.mode} isBusy>
        <WaitingRows />
      </Panel>
    );
  }
  const labels = Object.fromEntries(
    LISTS.map((each) => [each, `${words.names[each]} (${formatCount(lists.sizes[each])})`]),
  ) as Record<ListId, string>;
  return (
    <>
      <Panel heading={words.mode} class="mode">
        <div class="panel-body">
          <Segments
            legend={words.mode}
            choices={MODES}
            labels={words.modes}
            value={lists.mode}
            choose={(mode) => changes.setMode(mode, lists.mode)}
          />
        </div>
      </Panel>
      <Panel
        heading={words.names[list]}
        tools={
          <Segments
            legend={words.choose}
            choices={LISTS}
            labels={labels}
            value={list}
            choose={(each) => manage.openList(each)}
          />
        }
      >
        <AddEntries key={list} list={list} />
        <Entries list={list} isLong={lists.sizes[list] > 10} />
      </Panel>
    </>
  );
}

function AddEntries({ list }: { list: ListId }) {
  const { changes } = useApp();
  const entries = useSignal("");
  const problem = useSignal<string | null>(null);
  async function onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    if (entries.value.trim() === "") return;
    const sent = entries.value;
    problem.value = await changes.addEntries(list, sent);
    // The tracker may take its time to answer, in which more is typed.
    if (problem.value === null && entries.peek() === sent) entries.value = "";
  }
  const lines = entries.value.split("\n").length;
  return (
    <form class="add" onSubmit={onSubmit}>
      <label class="field">
        <span>{words.label}</span>
        <textarea
          rows={Math.min(8, Math.max(2, lines))}
          spellcheck={false}
          value={entries.value}
          aria-describedby="list-note"
          aria-invalid={problem.value !== null}
          onInput={(event) => entries.value = event.currentTarget.value}
        />
      </label>
      <div class="row">
        <p id="list-note" class="faint small">{words.notes[list]}</p>
        <button type="submit" class="button primary" disabled={entries.value.trim() === ""}>
          {words.add}
        </button>
      </div>
      <p class="problem" role="alert">{problem.value}</p>
    </form>
  );
}

function Entries({ isLong, list }: { list: ListId; isLong: boolean }) {
  const { changes, feeds: { manage } } = useApp();
  const answer = manage.entries.value;
  const query = manage.search.value;
  const rows = useRef<HTMLUListElement>(null);
  useKeptFocus(rows);
  return (
    <>
      {(isLong || query !== "") && (
        <div class="add">
          <SearchField
            label={words.search}
            placeholder={words.search}
            value={query}
            onSearch={(query) => manage.search.value = query}
          />
        </div>
      )}
      {answer === null ? <WaitingRows /> : (
        <ul ref={rows} class="entries" aria-label={words.names[list]}>
          {answer.entries.map((entry) => (
            <li key={entry}>
              <code>{entry}</code>
              <button
                type="button"
                class="icon-button danger"
                title={text.remove(entry)}
                aria-label={text.remove(entry)}
                onClick={() => changes.removeEntry(list, entry)}
              >
                <CloseIcon />
              </button>
            </li>
          ))}
          {answer.total === 0 && <li class="nothing">{query === "" ? words.empty : words.noMatch}</li>}
          {answer.total > answer.entries.length && (
            <li class="nothing">{words.more(formatCount(answer.total - answer.entries.length))}</li>
          )}
        </ul>
      )}
    </>
  );
}
