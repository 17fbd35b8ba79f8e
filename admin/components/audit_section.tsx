// Who changed what and when, the latest first.

import type { AuditEntry } from "../../tracker/admin_api.ts";
import { useApp } from "../context.ts";
import { text } from "../text.ts";
import { Age } from "./age.tsx";
import { Empty } from "./empty.tsx";
import { Panel } from "./panel.tsx";
import { WaitingRows } from "./waiting.tsx";

const words = text.audit;

export function AuditSection() {
  const { feeds: { manage }, poller } = useApp();
  const entries = manage.audit.value;
  return (
    <Panel heading={words.heading} isBusy={entries === null}>
      {entries === null ? <WaitingRows /> : entries.length === 0
        ? (
          <Empty title={words.emptyTitle} level={3}>
            <p>{words.emptyBody}</p>
          </Empty>
        )
        : (
          <table class="audit">
            <caption class="unseen">{words.heading}</caption>
            <thead>
              <tr>
                <th scope="col" class="when">{words.when}</th>
                <th scope="col" class="who">{words.who}</th>
                <th scope="col" class="what">{words.what}</th>
              </tr>
            </thead>
            <tbody>{entries.map((entry) => <Row key={entry.id} entry={entry} />)}</tbody>
          </table>
        )}
      {manage.hasMoreAudit.value && (
        <div class="more">
          <button
            type="button"
            class="button"
            onClick={() => {
              manage.showMoreAudit();
              poller.refresh();
            }}
          >
            {words.older}
          </button>
        </div>
      )}
    </Panel>
  );
}

function Row({ entry }: { entry: AuditEntry }) {
  const { action, address, by, detail, subject, time } = entry;
  return (
    <tr>
      <td class="when">
        <Age at={time} />
      </td>
      <td class="who">
        {address}
        <span class="below">{words.by[by]}</span>
      </td>
      <td>
        {words.actions[action]}
        <span class="below" title={`${subject} ${detail}`}>
          {subject} {detail !== "" && `· ${detail}`}
        </span>
      </td>
    </tr>
  );
}
