// Torrents that are registered: dropped here, downloaded and removed here.

import { useSignal } from "@preact/signals";
import { useCallback, useRef } from "preact/hooks";
import type { Torrent, TorrentsAnswer } from "../../tracker/admin_api.ts";
import type { Upload } from "../changes.ts";
import { useApp } from "../context.ts";
import { formatBytes, formatCount } from "../format.ts";
import { useKeptFocus } from "../kept_focus.ts";
import { swarmPath } from "../router.ts";
import { text } from "../text.ts";
import { Age } from "./age.tsx";
import { CopyButton } from "./copy_button.tsx";
import { DropZone } from "./drop_zone.tsx";
import { Empty } from "./empty.tsx";
import { CheckIcon, CloseIcon, DownloadIcon } from "./icons.tsx";
import { Link } from "./link.tsx";
import { Panel } from "./panel.tsx";
import { SearchField } from "./search_field.tsx";
import { WaitingRows } from "./waiting.tsx";

const words = text.torrents;
/** So many are seen without a search. */
const SHORT = 10;

export function TorrentsSection() {
  const { changes, feeds: { manage } } = useApp();
  const uploads = useSignal<readonly Upload[]>([]);
  /** Piles of files that are on their way. */
  const piles = useSignal(0);
  const onFiles = useCallback(async (files: File[]) => {
    if (piles.peek() === 0) uploads.value = [];
    piles.value++;
    await changes.upload(files, (upload) => uploads.value = [...uploads.peek(), upload]);
    piles.value--;
  }, []);
  const answer = manage.torrents.value;
  const query = manage.torrentSearch.value;
  const isLong = answer !== null && answer.all > SHORT;
  return (
    <>
      <DropZone onFiles={onFiles} isBusy={piles.value > 0} />
      {uploads.value.length > 0 && <Uploads uploads={uploads.value} />}
      <Panel
        heading={words.heading}
        count={answer === null ? undefined : countOf(answer)}
        isBusy={answer === null}
        tools={(isLong || query !== "") && (
          <div class="tools">
            <SearchField
              label={words.search}
              placeholder={text.swarms.placeholder}
              value={query}
              onSearch={(query) => manage.torrentSearch.value = query}
            />
          </div>
        )}
      >
        {answer === null ? <WaitingRows /> : answer.all === 0
          ? (
            <Empty title={words.emptyTitle} level={3}>
              <p>{words.emptyBody}</p>
            </Empty>
          )
          : answer.total === 0
          ? (
            <Empty title={words.noMatch} level={3}>
              <p>{text.swarms.noMatchBody(query.trim())}</p>
            </Empty>
          )
          : <Torrents torrents={answer.torrents} />}
        {answer !== null && answer.total > answer.torrents.length && (
          <p class="tail-note">
            {text.showing(formatCount(answer.torrents.length), formatCount(answer.total))}
          </p>
        )}
      </Panel>
    </>
  );
}

function countOf({ all, total }: TorrentsAnswer): string {
  return total === all ? formatCount(all) : words.matching(formatCount(total), formatCount(all));
}

function Uploads({ uploads }: { uploads: readonly Upload[] }) {
  return (
    <ul class="uploads" role="status">
      {uploads.map(({ name, problem }, i) => (
        <li key={i} class={problem === null ? "" : "failed"}>
          {problem === null ? <CheckIcon /> : <CloseIcon />}
          <span>{problem === null ? name : `${name}: ${problem}`}</span>
        </li>
      ))}
    </ul>
  );
}

function Torrents({ torrents }: { torrents: readonly Torrent[] }) {
  const rows = useRef<HTMLTableSectionElement>(null);
  useKeptFocus(rows);
  return (
    <table class="torrents">
      <caption class="unseen">{words.heading}</caption>
      <thead>
        <tr>
          <th scope="col" class="wide-name">{words.name}</th>
          <th scope="col" class="number roomy">{words.size}</th>
          <th scope="col" class="number roomy">{words.files}</th>
          <th scope="col" class="number roomy">{words.addedAt}</th>
          <th scope="col" class="acts">
            <span class="unseen">{text.peers.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody ref={rows}>{torrents.map((torrent) => <Row key={torrent.infoHash} torrent={torrent} />)}</tbody>
    </table>
  );
}

function Row({ torrent }: { torrent: Torrent }) {
  const { changes } = useApp();
  const { addedAt, files, infoHash, magnet, name, totalBytes } = torrent;
  return (
    <tr>
      <th scope="row" class="wide-name">
        <Link class="row-link" href={swarmPath(infoHash)} dir="auto">{name}</Link>
        <span class="below phone-only">{formatBytes(totalBytes)}</span>
      </th>
      <td class="number roomy">{formatBytes(totalBytes)}</td>
      <td class="number roomy">{formatCount(files)}</td>
      <td class="number roomy">
        <Age at={addedAt} />
      </td>
      <td class="acts">
        <CopyButton value={magnet} label={words.copyMagnet} />
        <a
          class="icon-button"
          href={`/torrents/${infoHash}.torrent`}
          download
          title={words.download(name)}
          aria-label={words.download(name)}
        >
          <DownloadIcon />
        </a>
        <button
          type="button"
          class="icon-button danger"
          title={text.remove(name)}
          aria-label={text.remove(name)}
          onClick={() => changes.removeTorrent(torrent)}
        >
          <CloseIcon />
        </button>
      </td>
    </tr>
  );
}
