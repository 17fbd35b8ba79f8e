/// <reference lib="dom" />
// A field to search in what is below it. The page's main one is reached with "/"; Escape clears it, then leaves it; the arrow
// leads down into the rows.

import type { RefObject } from "preact";
import { firstRow } from "../keyboard.ts";
import { SearchIcon } from "./icons.tsx";

export interface SearchFieldProps {
  field?: RefObject<HTMLInputElement>;
  label: string;
  placeholder: string;
  value: string;
  onSearch: (query: string) => void;
  isMain?: boolean;
}

export function SearchField(
  { field, isMain = false, label, onSearch, placeholder, value }: SearchFieldProps,
) {
  function onKeyDown(event: KeyboardEvent & { currentTarget: HTMLInputElement }): void {
    const input = event.currentTarget;
    if (event.key === "Escape") {
      if (value === "") input.blur();
      onSearch("");
      event.preventDefault();
    } else if (event.key === "ArrowDown" || event.key === "Enter") {
      const row = firstRow(input.ownerDocument);
      if (row) event.preventDefault();
      row?.focus();
    }
  }
  return (
    <label class="search">
      <SearchIcon />
      <span class="unseen">{label}</span>
      <input
        {...(field && { ref: field })}
        type="search"
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        {...(isMain && { "aria-keyshortcuts": "/" })}
        value={value}
        onInput={(event) => onSearch(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {isMain && <kbd aria-hidden="true">/</kbd>}
    </label>
  );
}
