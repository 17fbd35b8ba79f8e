/// <reference lib="dom" />
// Puts a text on the clipboard and says that it did.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { text } from "../text.ts";
import { CheckIcon, CopyIcon } from "./icons.tsx";

const DONE_MS = 1600;

export interface CopyButtonProps {
  value: string;
  label: string;
  /** With its words beside the icon. */
  isWide?: boolean;
}

export function CopyButton({ isWide = false, label, value }: CopyButtonProps) {
  const outcome = useSignal<"done" | "failed" | null>(null);
  useEffect(() => {
    if (outcome.value === null) return;
    const timer = setTimeout(() => outcome.value = null, DONE_MS);
    return () => clearTimeout(timer);
  }, [outcome.value]);
  const words = outcome.value === null ? label : text.copy[outcome.value];
  return (
    <button
      type="button"
      class={`${isWide ? "button" : "copy"} ${outcome.value ?? ""}`}
      title={words}
      onClick={async () => outcome.value = await copy(value) ? "done" : "failed"}
    >
      {outcome.value === "done" ? <CheckIcon /> : <CopyIcon />}
      <span class={isWide ? "" : "unseen"} role="status">{words}</span>
    </button>
  );
}

async function copy(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    // Browsers keep the clipboard from pages that come over plain HTTP from another machine; the old way still works there.
    return copySelection(value);
  }
}

function copySelection(value: string): boolean {
  const field = document.createElement("textarea");
  const focused = document.activeElement;
  field.value = value;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isDone;
}
