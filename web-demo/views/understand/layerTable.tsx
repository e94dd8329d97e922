import { receptiveFieldText, si } from '../../../dsl/summary.ts';
import { opened } from '../../state.ts';
import { Scrolling } from '../../ui/scrolling.tsx';

/** The layers of a model as `summary` (dsl/summary.ts) prints them. */
export function LayerTable({ name }: { readonly name: string }) {
  const model = opened.value.get(name);
  if (model === undefined) return <p aria-busy="true">{name} is loading…</p>;
  const { layers, parameters, trainable, flops } = model.summary;
  return (
    <article class="layers">
      <h4>{name}</h4>
      <p class="about">
        {parameters.toLocaleString('en')} parameters, of which training changes{' '}
        {trainable.toLocaleString('en')}; {si(flops)}FLOPs for one image, a multiply-add being two.
      </p>
      <Scrolling label={`Layers of ${name}`}>
        <table data-testid={`layers-${name}`}>
          <thead>
            <tr>
              <th scope="col">layer</th>
              <th scope="col">kind</th>
              <th scope="col">output</th>
              <th scope="col" class="number">
                parameters
              </th>
              <th scope="col" class="number">
                FLOPs
              </th>
              <th scope="col" class="number">
                sees
              </th>
            </tr>
          </thead>
          <tbody>
            {layers.map((layer) => (
              <tr key={layer.name}>
                <th scope="row">{layer.name}</th>
                <td>{layer.kind}</td>
                <td>{layer.shape}</td>
                <td class="number">{layer.parameters.toLocaleString('en')}</td>
                <td class="number">{si(layer.flops)}</td>
                <td class="number">{receptiveFieldText(layer)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={3}>
                all together
              </th>
              <td class="number">{parameters.toLocaleString('en')}</td>
              <td class="number">{si(flops)}</td>
              <td />
            </tr>
          </tfoot>
        </table>
      </Scrolling>
    </article>
  );
}
