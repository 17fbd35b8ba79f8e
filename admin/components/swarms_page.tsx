// All swarms: searched, filtered and sorted by the tracker, as many rows as fit into the window.

import { useRef } from "preact/hooks";
import { useApp } from "../context.ts";
import { formatCount } from "../format.ts";
import { formatSort, parseSort } from "../sort.ts";
import { text } from "../text.ts";
import { SWARM_COLUMNS, SWARM_FILTERS } from "../view.ts";
import { Empty } from "./empty.tsx";
import { LongTable } from "./long_table.tsx";
import { NoSwarms } from "./no_swarms.tsx";
import { SearchField } from "./search_field.tsx";
import { Segments } from "./segments.tsx";
import { SortHeader } from "./sort_header.tsx";
import { SwarmCells } from "./swarm_cells.tsx";
import { Waiting, WaitingRows } from "./waiting.tsx";

const words = text.swarms;

export function SwarmsPage() {
  const { feeds: { swarms } } = useApp();
  const { rows, sort } = swarms.table;
  const search = useRef<HTMLInputElement>(null);
  const total = rows.total.value;
  const isNarrowed = swarms.query.value.trim() !== "" || swarms.filter.value !== null;
  return (
    <>
      <h1 class="unseen" tabIndex={-1}>{words.heading}</h1>
      <Waiting isHere={total !== null}>
        <section class="panel" aria-label={words.heading} aria-busy={total === null}>
          <div class="panel-head">
            <h2>
              {words.heading} {total !== null && <span class="count">{formatCount(total)}</span>}
            </h2>
            <div class="tools">
              <FilterChoice />
              <SortChoice />
              <SearchField
                field={search}
                label={words.search}
                placeholder={words.placeholder}
                value={swarms.query.value}
                onSearch={(query) => swarms.search(query)}
                isMain
              />
            </div>
          </div>
          {total === null
            ? <WaitingRows />
            : total === 0
            ? (isNarrowed ? <NoMatch /> : <NoSwarms />)
            : (
              <LongTable
                class="swarms"
                caption={words.heading}
                rows={rows}
                columns={SWARM_COLUMNS.length}
                above={search.current}
                keyOf={({ infoHash }) => infoHash}
                head={SWARM_COLUMNS.map((column) => (
                  <SortHeader
                    key={column}
                    class={COLUMN_CLASSES[column]}
                    column={column}
                    label={words[column]}
                    sort={sort}
                    isNumber={column !== "name"}
                  />
                ))}
                cells={(swarm) => <SwarmCells swarm={swarm} />}
              />
            )}
        </section>
      </Waiting>
    </>
  );
}

const COLUMN_CLASSES = {
  name: "wide-name",
  seeders: "seeders",
  leechers: "leechers",
  completed: "roomy",
  size: "roomy",
  lastAnnounce: "roomy last",
} as const;

function FilterChoice() {
  const { feeds: { swarms } } = useApp();
  return (
    <Segments
      legend={words.filter}
      choices={["all", ...SWARM_FILTERS]}
      labels={words.filters}
      value={swarms.filter.value ?? "all"}
      choose={(filter) => swarms.filter.value = filter === "all" ? null : filter}
    />
  );
}

// On a phone most column headings are not there to be pressed.
function SortChoice() {
  const { sort } = useApp().feeds.swarms.table;
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

function NoMatch() {
  const { feeds: { swarms } } = useApp();
  const query = swarms.query.value.trim();
  return (
    <Empty title={words.noMatchTitle} level={3}>
      <p>{query === "" ? words.noneFiltered : words.noMatchBody(query)}</p>
      <button type="button" class="button" onClick={() => swarms.showAll()}>{words.clear}</button>
    </Empty>
  );
}
