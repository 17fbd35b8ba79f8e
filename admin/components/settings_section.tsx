// Limits and intervals that can change while the tracker runs. What was typed and isn't saved stays, whatever is polled.

import { useSignal } from "@preact/signals";
import type { Setting, SettingName, SettingsChange } from "../../tracker/admin_api.ts";
import { useApp } from "../context.ts";
import { formatCount } from "../format.ts";
import { text } from "../text.ts";
import { Panel } from "./panel.tsx";
import { WaitingRows } from "./waiting.tsx";

const words = text.settings;

type Typed = Partial<Record<SettingName, string>>;

export function SettingsSection() {
  const { changes, feeds: { manage } } = useApp();
  const settings = manage.settings.value;
  const typed = useSignal<Typed>({});
  const problem = useSignal<string | null>(null);
  const change = settings === null ? {} : changeOf(settings, typed.value);
  const count = Object.keys(change).length;
  const isWrong = settings?.some((setting) => problemOf(setting, typed.value) !== null) ?? false;
  async function onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    if (settings === null || count === 0 || isWrong) return;
    const sent = typed.peek();
    problem.value = await changes.saveSettings(change, settings, (answer) => {
      manage.takeSettings(answer);
      typed.value = typedSince(sent, typed.peek());
    });
  }
  function reset(): void {
    typed.value = {};
    problem.value = null;
  }
  return (
    <form onSubmit={onSubmit}>
      <Panel heading={words.heading} isBusy={settings === null}>
        {settings === null ? <WaitingRows /> : (
          <div class="settings">
            {settings.map((setting) => (
              <Field
                key={setting.name}
                setting={setting}
                typed={typed.value}
                onType={(value) => typed.value = { ...typed.peek(), [setting.name]: value }}
              />
            ))}
          </div>
        )}
        <div class="form-foot">
          <p>{count > 0 ? words.unsaved(count) : words.note}</p>
          <p class="problem" role="alert">{problem.value}</p>
          {count > 0 && <button type="button" class="button" onClick={reset}>{words.reset}</button>}
          <button type="submit" class="button primary" disabled={count === 0 || isWrong}>{words.save}</button>
        </div>
      </Panel>
    </form>
  );
}

interface FieldProps {
  setting: Setting;
  typed: Typed;
  onType: (value: string) => void;
}

function Field({ onType, setting, typed }: FieldProps) {
  const { least, most, name, original, unit, value } = setting;
  const problem = problemOf(setting, typed);
  const id = `setting-${name}`;
  return (
    <label class="field">
      <span>
        {words.names[name]} {unit === "seconds" && words.seconds}
      </span>
      <input
        type="text"
        inputMode="numeric"
        autocomplete="off"
        value={typed[name] ?? String(value)}
        aria-invalid={problem !== null}
        aria-describedby={id}
        onInput={(event) => onType(event.currentTarget.value)}
      />
      <span id={id} class={problem === null ? "note" : "problem"}>
        {problem ?? words.range(formatCount(least), formatCount(most))}
        {problem === null && name === "requestsPerSecond" && ` · ${words.any}`}
        {problem === null && value !== original && ` · ${words.original(formatCount(original))}`}
      </span>
    </label>
  );
}

/** The tracker may take its time to answer, in which more is typed. */
function typedSince(sent: Typed, now: Typed): Typed {
  const entries = Object.entries(now) as [SettingName, string][];
  return Object.fromEntries(entries.filter(([name, text]) => text !== sent[name]));
}

/** Null takes the original again. */
function changeOf(settings: readonly Setting[], typed: Typed): SettingsChange {
  const change: SettingsChange = {};
  for (const { name, original, value } of settings) {
    const number = Number(typed[name] ?? value);
    if (number !== value) change[name] = number === original ? null : number;
  }
  return change;
}

function problemOf({ least, most, name }: Setting, typed: Typed): string | null {
  const text = typed[name];
  if (text === undefined) return null;
  if (!/^\s*\d{1,15}\s*$/.test(text)) return words.notNumber;
  const number = Number(text);
  return number < least || number > most ? words.outOfRange(formatCount(least), formatCount(most)) : null;
}
