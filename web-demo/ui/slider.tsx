export interface Range {
  readonly label: string;
  /** As it stands after a number: ` %`, `°`. */
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** A range with its name, its value and its unit. */
export function Slider({
  label,
  unit,
  min,
  max,
  step,
  value,
  onInput,
}: Range & { readonly value: number; readonly onInput: (value: number) => void }) {
  const text = `${value}${unit}`;
  return (
    <label class="slider">
      <span>{label}</span>
      <input
        class="slider-track"
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={text}
        onInput={({ currentTarget }) => onInput(currentTarget.valueAsNumber)}
      />
      <span class="slider-number" aria-hidden="true">
        {text}
      </span>
    </label>
  );
}
