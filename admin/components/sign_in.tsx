// Who has no session yet: a field for the token, for readers who have it but not the link.

import { useSignal } from "@preact/signals";
import { useApp } from "../context.ts";
import { tokenOf } from "../session.ts";
import { text } from "../text.ts";
import { Logo } from "./icons.tsx";

const words = text.session;

export function SignIn() {
  const { session } = useApp();
  const token = useSignal("");
  const problem = session.problem.value;
  async function onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    const shown = tokenOf(token.value);
    if (shown !== "") await session.signIn(shown);
  }
  return (
    <form class="sign-in" onSubmit={onSubmit}>
      <Logo />
      <h1 tabIndex={-1}>{words.title}</h1>
      <p id="sign-in-note">{words.note}</p>
      <label>
        <span>{words.token}</span>
        <input
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          value={token.value}
          aria-describedby="sign-in-note"
          aria-invalid={problem !== null}
          onInput={(event) => token.value = event.currentTarget.value}
        />
      </label>
      <p class="problem" role="alert">{problem}</p>
      <button type="submit" class="button primary" disabled={session.isBusy.value}>{words.signIn}</button>
      <p class="small">
        {words.lost} <code>{words.renewCommand}</code>
      </p>
    </form>
  );
}
