import type { Score } from '../../../runtime/classification.ts';
import { percent } from '../../percent.ts';

/** Classes that were the most probable ones before. */
const shown = 5;

/**
 * The probabilities that moved, as bars with a mark where each was: of the classes that came first before, in the same order
 * always, and last of the one that comes first among all others now.
 *
 * @param before and `now` are ranked
 */
export function Change({
  model,
  before,
  now,
}: {
  readonly model: string;
  readonly before: readonly Score[];
  readonly now: readonly Score[];
}) {
  const rows = changes(before, now);
  const [was, is] = [before[0]?.class, now[0]?.class];
  return (
    <article data-testid={`change-${model}`}>
      <h4>{model}</h4>
      <p class="verdict" role="status">
        {was === is ? `Still ${was}` : `Now ${is}, no longer ${was}`}
      </p>
      <table class="change">
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col" class="number">
              now
            </th>
            <th scope="col" class="number">
              before
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i < shown ? row.class : 'other'} class={row.class === is ? 'change-first' : undefined}>
              <th scope="row">
                {row.class}
                <span
                  class="change-bar"
                  aria-hidden="true"
                  style={{ '--now': row.now, '--before': row.before }}
                />
              </th>
              <td class="number">{percent(row.now)}</td>
              <td class="number about">{percent(row.before)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </article>
  );
}

interface ChangedScore {
  readonly class: string;
  readonly before: number;
  readonly now: number;
}

function changes(before: readonly Score[], now: readonly Score[]): ChangedScore[] {
  const of = (scores: readonly Score[], name: string) =>
    scores.find((score) => score.class === name)?.probability ?? 0;
  const first = before.slice(0, shown).map((score) => score.class);
  const other = now.find((score) => !first.includes(score.class))?.class;
  return [...first, ...(other === undefined ? [] : [other])].map((name) => ({
    class: name,
    before: of(before, name),
    now: of(now, name),
  }));
}
