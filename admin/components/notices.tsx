// What was just changed, at the foot of the window, and the button that takes it back.

import { useApp } from "../context.ts";
import type { Notice } from "../notices.ts";
import { text } from "../text.ts";
import { CloseIcon } from "./icons.tsx";

export function NoticeList() {
  const { notices } = useApp();
  return (
    // The live region is always there: screen readers announce what changes inside.
    <div class="notices" role="status" aria-live="polite">
      {notices.shown.value.map((notice) => <NoticeCard key={notice.id} notice={notice} />)}
    </div>
  );
}

function NoticeCard({ notice }: { notice: Notice }) {
  const { notices } = useApp();
  const { id, isFailure, undo } = notice;
  return (
    <p class={isFailure ? "notice failure" : "notice"}>
      <span>{notice.text}</span>
      {undo !== null && (
        <button
          type="button"
          class="button"
          {...(notice === notices.last && {
            "aria-keyshortcuts": "Control+Z Meta+Z",
            "title": text.undoKey,
          })}
          onClick={() => notices.takeBack(notice)}
        >
          {text.undo}
        </button>
      )}
      <button
        type="button"
        class="icon-button"
        aria-label={text.putAway}
        title={text.putAway}
        onClick={() => notices.putAway(id)}
      >
        <CloseIcon />
      </button>
    </p>
  );
}
