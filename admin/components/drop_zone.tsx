/// <reference lib="dom" />
// Where files are dropped or chosen. Also takes what is dropped beside it: a file that misses would else replace the page.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { text } from "../text.ts";
import { UploadIcon } from "./icons.tsx";

export function DropZone({ onFiles, isBusy }: { onFiles: (files: File[]) => void; isBusy: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const isOver = useSignal(false);
  useEffect(() => {
    const onOver = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      isOver.value = true;
    };
    // Leaving one element for another isn't leaving; leaving the window is.
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) isOver.value = false;
    };
    const onDrop = (event: DragEvent) => {
      isOver.value = false;
      if (!event.dataTransfer || event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      onFiles([...event.dataTransfer.files]);
    };
    document.addEventListener("dragover", onOver);
    document.addEventListener("dragleave", onLeave);
    document.addEventListener("drop", onDrop);
    return () => {
      document.removeEventListener("dragover", onOver);
      document.removeEventListener("dragleave", onLeave);
      document.removeEventListener("drop", onDrop);
    };
  }, [onFiles]);
  return (
    <div class={isOver.value ? "drop over" : "drop"} aria-busy={isBusy}>
      <UploadIcon />
      <p>
        <strong>{isBusy ? text.torrents.uploading : text.torrents.drop}</strong>
        <span>{text.torrents.dropNote}</span>
      </p>
      <button type="button" class="button" onClick={() => input.current?.click()}>
        {text.torrents.choose}
      </button>
      <input
        ref={input}
        class="unseen"
        type="file"
        accept=".torrent,application/x-bittorrent"
        multiple
        tabIndex={-1}
        aria-label={text.torrents.choose}
        onChange={(event) => {
          onFiles([...event.currentTarget.files ?? []]);
          // The same file may be chosen again.
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}
