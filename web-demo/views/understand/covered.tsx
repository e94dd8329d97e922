import { smaller } from '../../images/smaller.ts';
import { percent } from '../../percent.ts';
import { RunButton } from '../../ui/runButton.tsx';
import { useRun } from '../../ui/useRun.ts';
import { askedModels } from './askedModels.ts';
import { HeatMapFigure, Scale } from './heatMapFigure.tsx';
import { workingSide } from './moved.tsx';
import { type Occlusion, occlusions } from './occlusion.ts';
import { placeText, strongestPlace } from './place.ts';
import type { Shown } from './shown.ts';

/** Which places the models need: a map for any network, the dense one too. */
export function Covered({ photo, asked }: { readonly photo: Shown; readonly asked: string | undefined }) {
  const run = useRun<readonly Occlusion[]>();
  return (
    <section aria-labelledby="covered-title">
      <h3 id="covered-title">What it cannot do without</h3>
      <p class="explanation">
        A second opinion, which any network can give: cover each place in turn with a grey square, and see
        where <strong>{asked ?? 'the class'}</strong> becomes less probable.
      </p>
      <div class="tools">
        <RunButton
          label="Cover each place in turn"
          run={run}
          disabled={asked === undefined}
          onBegin={() => {
            if (asked === undefined) return;
            run.begin(async (progress) => {
              const image = await smaller(photo.image, workingSide);
              return occlusions(await askedModels(), image, asked, progress);
            });
          }}
        />
        {run.result !== undefined && <Scale least="nothing lost" most="the most that this network loses" />}
      </div>
      {run.result !== undefined && (
        <div class="columns" data-testid="occlusions">
          {run.result.map((occlusion) => (
            <HeatMapFigure key={occlusion.model} name={occlusion.model} photo={photo} map={occlusion.map}>
              {finding(occlusion)}
            </HeatMapFigure>
          ))}
        </div>
      )}
    </section>
  );
}

function finding({ asked, map, before, lowest }: Occlusion): string {
  const place = strongestPlace(map);
  return place === undefined
    ? `${asked}: no place that is covered makes it less probable than ${percent(before)}.`
    : `${asked}: covered ${placeText(place)}, it falls most, from ${percent(before)} to ${percent(lowest)}.`;
}
