import type { ComponentChildren } from 'preact';

/** What is larger than its place scrolls in it, and the page does not. */
export function Scrolling({
  label,
  class: style = '',
  children,
}: {
  readonly label: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls only what has the focus
    <section class={`scrolling ${style}`} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
