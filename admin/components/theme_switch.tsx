// Three small radio buttons: as the system says, light, dark.

import { useApp } from "../context.ts";
import { text } from "../text.ts";
import { type Theme, THEMES } from "../theme.ts";
import { MoonIcon, SunIcon, SystemIcon } from "./icons.tsx";

const ICONS = { system: SystemIcon, light: SunIcon, dark: MoonIcon } as const;

export function ThemeSwitch() {
  const { theme } = useApp();
  return (
    <fieldset class="segments theme">
      <legend class="unseen">{text.theme.legend}</legend>
      {THEMES.map((choice) => (
        <Choice
          key={choice}
          choice={choice}
          isChosen={theme.value === choice}
          choose={() => theme.value = choice}
        />
      ))}
    </fieldset>
  );
}

function Choice({ choice, isChosen, choose }: { choice: Theme; isChosen: boolean; choose: () => void }) {
  const Icon = ICONS[choice];
  return (
    <label title={text.theme[choice]}>
      <input type="radio" name="theme" value={choice} checked={isChosen} onChange={choose} />
      <span>
        <Icon />
        <span class="unseen">{text.theme[choice]}</span>
      </span>
    </label>
  );
}
