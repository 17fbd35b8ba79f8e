// What can be changed, in sections of their own address.

import type { ComponentType } from "preact";
import { useApp } from "../context.ts";
import { managePath, type Section, SECTIONS } from "../router.ts";
import { text } from "../text.ts";
import { AuditSection } from "./audit_section.tsx";
import { Link } from "./link.tsx";
import { ListsSection } from "./lists_section.tsx";
import { SettingsSection } from "./settings_section.tsx";
import { TorrentsSection } from "./torrents_section.tsx";
import { Waiting } from "./waiting.tsx";

const PAGES: Record<Section, ComponentType> = {
  torrents: TorrentsSection,
  lists: ListsSection,
  settings: SettingsSection,
  audit: AuditSection,
};

export function ManagePage({ section }: { section: Section }) {
  const { feeds: { manage } } = useApp();
  const Page = PAGES[section];
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>{text.manage.heading}</h1>
      </div>
      <nav class="sections" aria-label={text.manage.heading}>
        {SECTIONS.map((each) => (
          <Link key={each} href={managePath(each)} aria-current={each === section ? "page" : undefined}>
            {text.manage.sections[each]}
          </Link>
        ))}
      </nav>
      <Waiting isHere={manage[section].value !== null}>
        <Page />
      </Waiting>
    </>
  );
}
