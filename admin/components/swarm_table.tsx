/// <reference lib="dom" />
// All swarms: searched, sorted, a hundred rows at a time.

import { useRef } from "preact/hooks";
import { useApp } from "../context.ts";
import { formatCount } from "../format.ts";
import { firstRow, walkRows } from "../keyboard.ts";
import { formatSort, parseSort } from "../sort.ts";
import { text } from "../text.ts";
import { SWARM_COLUMNS } from "../view.ts";
import { CopyButton } from "./copy_button.tsx";
import { Empty } from "./empty.tsx";
import { SearchIcon } from "./icons.tsx";
import { ShowMore } from "./show_more.tsx";
import { SortHeader } from "./sort_header.tsx";
import { SwarmRow } from "./swarm_row.tsx";

const words = text.swarms;

export function SwarmTable() {
  const { store } = useApp();
  const { swarms } = store;
  const search = useRef<HTMLInputElement>(null);
  const visible = swarms.visible.value;
  const all = swarms.size.value;
  const total = Math.max(all, store.totals.value?.swarms ?? 0);
  const matching = swarms.matching.value.length;
  const isLoading = store.totals.value === null;
  return (
    <section class="panel" aria-labelledby="swarms-heading" aria-busy={isLoading}>
      <div class="panel-head">
        <h2 id="swarms-heading">
          {words.heading} {!isLoading && (
            <span class="count">
              {matching === all
                ? formatCount(total)
                : words.matching(formatCount(matching), formatCount(all))}
            </span>
          )}
        </h2>
        <div class="tools">
          <SortChoice />
          <SearchField field={search} />
        </div>
      </div>
      {isLoading
        ? <LoadingRows />
        : all === 0
        ? <NoSwarms />
        : matching === 0
        ? <NoMatch />
        : (
          <table class="swarms" onKeyDown={(event) => walkRows(event, search.current)}>
            <caption class="unseen">{words.heading}</caption>
            <thead>
              <tr>
                <SortHeader class="wide-name" column="name" label={words.name} sort={swarms.sort} />
                <SortHeader column="seeders" label={words.seeders} sort={swarms.sort} isNumber />
                <SortHeader column="leechers" label={words.leechers} sort={swarms.sort} isNumber />
                <SortHeader
                  class="roomy"
                  column="completed"
                  label={words.completed}
                  sort={swarms.sort}
                  isNumber
                />
                <SortHeader class="roomy" column="size" label={words.size} sort={swarms.sort} isNumber />
                <SortHeader
                  class="roomy"
                  column="lastAnnounce"
                  label={words.lastAnnounce}
                  sort={swarms.sort}
                  isNumber
                />
              </tr>
            </thead>
            <tbody>{visible.map((swarm) => <SwarmRow key={swarm.infoHash} swarm={swarm} />)}</tbody>
          </table>
        )}
      {!isLoading && <ShowMore shown={visible.length} all={matching} more={() => swarms.showMore()} />}
      {all < total && !isLoading && (
        <p class="bounded">{text.bounded(formatCount(all), formatCount(total))}</p>
      )}
    </section>
  );
}

function SearchField({ field }: { field: { current: HTMLInputElement | null } }) {
  const { swarms } = useApp().store;
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      if (swarms.query.value === "") field.current?.blur();
      swarms.search("");
      event.preventDefault();
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      const row = field.current && firstRow(field.current.ownerDocument);
      if (row) event.preventDefault();
      row?.focus();
    }
  }
  return (
    <label class="search">
      <SearchIcon />
      <span class="unseen">{words.search}</span>
      <input
        ref={field}
        type="search"
        autocomplete="off"
        spellcheck={false}
        placeholder={words.placeholder}
        aria-keyshortcuts="/"
        value={swarms.query.value}
        onInput={(event) => swarms.search(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

// On a phone most column headings are not there to be pressed.
function SortChoice() {
  const { sort } = useApp().store.swarms;
  const choices = SWARM_COLUMNS.map((column) => ({
    value: formatSort({ column, descending: column !== "name" }),
    label: words[column],
  }));
  const current = formatSort({ ...sort.value, descending: sort.value.column !== "name" });
  return (
    <label class="sort-choice">
      <span class="unseen">{words.sortBy}</span>
      <select
        value={current}
        onChange={(event) => sort.value = parseSort(event.currentTarget.value, SWARM_COLUMNS) ?? sort.value}
      >
        {choices.map(({ value, label }) => <option key={value} value={value}>{label}</option>)}
      </select>
    </label>
  );
}

function NoSwarms() {
  const address = `${location.origin}/announce`;
  return (
    <Empty title={words.emptyTitle} level={3}>
      <p>{words.emptyBody}</p>
      <p class="address">
        <code>{address}</code>
        <CopyButton value={address} label={text.copy.announceUrl} />
      </p>
    </Empty>
  );
}

function NoMatch() {
  const { swarms } = useApp().store;
  return (
    <Empty title={words.noMatchTitle} level={3}>
      <p>{words.noMatchBody(swarms.query.value.trim())}</p>
      <button type="button" class="button" onClick={() => swarms.search("")}>{words.clear}</button>
    </Empty>
  );
}

function LoadingRows() {
  return (
    <div class="loading-rows" aria-hidden="true">
      {[0, 1, 2, 3, 4].map((row) => <span key={row} class="waiting" />)}
    </div>
  );
}
