// The page's drawings. All are decoration beside a word or a label, so screen readers pass over them.

import type { ComponentChildren } from "preact";

/** A seedling that grows out of three pieces. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M15 18.6C7.6 18.9 3.4 14.6 3 6.2 11.2 6.4 15.2 10.6 15 18.6Z" />
      <path d="M17.2 15.6C17.1 9.3 20.6 5.6 28.8 4.2 29.2 11.7 25.3 15.8 17.2 15.6Z" opacity=".72" />
      <path d="M14.9 15h2.2v10h-2.2z" />
      <rect x="4" y="25" width="6.8" height="4.6" rx="1.3" opacity=".72" />
      <rect x="12.6" y="25" width="6.8" height="4.6" rx="1.3" />
      <rect x="21.2" y="25" width="6.8" height="4.6" rx="1.3" opacity=".36" />
    </svg>
  );
}

export function SearchIcon() {
  return (
    <Icon>
      <circle cx="7" cy="7" r="4.25" />
      <path d="m10.2 10.2 3.3 3.3" />
    </Icon>
  );
}

export function CopyIcon() {
  return (
    <Icon>
      <rect x="5.75" y="5.75" width="7.5" height="7.5" rx="1.5" />
      <path d="M10.25 3.5v-.25a1.5 1.5 0 0 0-1.5-1.5h-5a1.5 1.5 0 0 0-1.5 1.5v5a1.5 1.5 0 0 0 1.5 1.5h.25" />
    </Icon>
  );
}

export function CheckIcon() {
  return (
    <Icon>
      <path d="m3 8.5 3.2 3.2L13 4.8" />
    </Icon>
  );
}

export function BackIcon() {
  return (
    <Icon>
      <path d="M9.5 3.5 5 8l4.5 4.5" />
    </Icon>
  );
}

export function SortIcon() {
  return (
    <Icon>
      <path d="M8 12.5v-9M4.5 7 8 3.5 11.5 7" />
    </Icon>
  );
}

export function SystemIcon() {
  return (
    <Icon>
      <circle cx="8" cy="8" r="5.25" />
      <path d="M8 2.75a5.25 5.25 0 0 1 0 10.5Z" fill="currentColor" />
    </Icon>
  );
}

export function SunIcon() {
  return (
    <Icon>
      <circle cx="8" cy="8" r="2.75" />
      <path d="M8 1.5v1M8 13.5v1M1.500 8h1M13.500 8h1M3.400 3.400l.7.7M11.900 11.900l.7.7M12.600 3.400l-.7.7M4.100 11.900l-.7.7" />
    </Icon>
  );
}

export function MoonIcon() {
  return (
    <Icon>
      <path d="M13.2 9.6A5.5 5.5 0 0 1 6.400 2.800a5.500 5.500 0 1 0 6.800 6.800Z" />
    </Icon>
  );
}

export function CloseIcon() {
  return (
    <Icon>
      <path d="m4 4 8 8M12 4l-8 8" />
    </Icon>
  );
}

export function SignOutIcon() {
  return (
    <Icon>
      <path d="M6.5 2.75H4A1.25 1.25 0 0 0 2.75 4v8A1.25 1.25 0 0 0 4 13.25h2.5M10.5 11 13.5 8l-3-3M13.25 8H6.5" />
    </Icon>
  );
}

export function UploadIcon() {
  return (
    <Icon>
      <path d="M8 10.5V2.5M4.75 5.5 8 2.25l3.25 3.25M2.5 10v2.25a1.25 1.25 0 0 0 1.25 1.25h8.5a1.25 1.25 0 0 0 1.25-1.25V10" />
    </Icon>
  );
}

export function DownloadIcon() {
  return (
    <Icon>
      <path d="M8 2.5v8M4.75 7.5 8 10.75l3.25-3.25M2.5 13.5h11" />
    </Icon>
  );
}

export function DenyIcon() {
  return (
    <Icon>
      <circle cx="8" cy="8" r="5.25" />
      <path d="m4.4 4.4 7.2 7.2" />
    </Icon>
  );
}

export function PauseIcon() {
  return (
    <Icon>
      <path d="M5.5 3.5v9M10.5 3.5v9" />
    </Icon>
  );
}

export function PlayIcon() {
  return (
    <Icon>
      <path d="M5 3.25v9.5L12.5 8Z" />
    </Icon>
  );
}

function Icon({ children }: { children: ComponentChildren }) {
  return <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">{children}</svg>;
}
