// A few choices side by side, of which one holds: radio buttons to the keyboard and to screen readers.

export interface SegmentsProps<Choice extends string> {
  /** What is chosen, for screen readers; also the name of the radio buttons. */
  legend: string;
  choices: readonly Choice[];
  labels: Readonly<Record<Choice, string>>;
  value: Choice;
  choose: (choice: Choice) => void;
  class?: string;
}

export function Segments<Choice extends string>(
  { legend, choices, labels, value, choose, class: className = "" }: SegmentsProps<Choice>,
) {
  return (
    <fieldset class={`segments ${className}`}>
      <legend class="unseen">{legend}</legend>
      {choices.map((choice) => (
        <label key={choice}>
          <input type="radio" name={legend} checked={value === choice} onChange={() => choose(choice)} />
          <span>{labels[choice]}</span>
        </label>
      ))}
    </fieldset>
  );
}
