// An address that is no page's.

import { text } from "../text.ts";
import { Empty } from "./empty.tsx";
import { Link } from "./link.tsx";

export function NotFound() {
  return (
    <Empty title={text.notFound.title} level={1}>
      <p>{text.notFound.body}</p>
      <Link class="button" href="/">{text.notFound.link}</Link>
    </Empty>
  );
}
