// The files of a registered torrent.

import type { TorrentFile } from "../../tracker/admin_api.ts";
import { formatBytes, formatCount } from "../format.ts";
import { text } from "../text.ts";
import { Panel } from "./panel.tsx";

export function SwarmFiles({ count, files }: { files: readonly TorrentFile[]; count: number }) {
  return (
    <Panel heading={text.swarm.files} count={formatCount(count)}>
      <ul class="entries files" tabIndex={0} aria-label={text.swarm.files}>
        {files.map(({ bytes, path }) => (
          <li key={path}>
            <span class="path" dir="auto">{path}</span>
            <span class="number">{formatBytes(bytes)}</span>
          </li>
        ))}
        {count > files.length && (
          <li class="nothing">{text.swarm.filesMore(formatCount(count - files.length))}</li>
        )}
      </ul>
    </Panel>
  );
}
