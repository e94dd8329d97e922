import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ChartSpec } from '../../chart/chart.ts';
import { complain } from '../state.ts';

/** A Vega-Lite chart as the report draws them, for both themes. What draws it is loaded with the first one. */
export function Figure({ spec }: { readonly spec: ChartSpec }) {
  const drawn = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let outdated = false;
    import('../../chart/chart.ts')
      .then(({ chart }) => chart(spec))
      .then((svg) => {
        if (!outdated) drawn.value = `data:image/svg+xml,${encodeURIComponent(svg)}`;
      })
      .catch(complain);
    return () => {
      outdated = true;
    };
  }, [spec, drawn]);
  return drawn.value === undefined ? null : <img class="figure" src={drawn.value} alt={spec.description} />;
}
