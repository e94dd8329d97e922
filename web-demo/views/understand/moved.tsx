import { signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { rank } from '../../../runtime/classification.ts';
import type { RgbImage } from '../../../runtime/image.ts';
import { toRgba } from '../../images/rgba.ts';
import { smaller } from '../../images/smaller.ts';
import { atRest, type Transformation, transform } from '../../images/transform.ts';
import { engine } from '../../state.ts';
import { Pixels } from '../../ui/pixels.tsx';
import { Slider } from '../../ui/slider.tsx';
import { useLatest } from '../../ui/useLatest.ts';
import { Change } from './change.tsx';
import type { Shown } from './shown.ts';
import { parameters, ranges } from './sliders.ts';
import type { Answer } from './useAnswers.ts';
import { useShownPixels } from './useShownPixels.ts';

/** What the sliders say. */
export const transformation = signal<Transformation>(atRest);

/** The longer side of what is transformed, in pixels: enough for what networks look at, and transformed in an instant. */
export const workingSide = 320;

/** The image transformed by sliders, and what the models say of it at once. */
export function Moved({ photo, answers }: { readonly photo: Shown; readonly answers: readonly Answer[] }) {
  const chosen = transformation.value;
  const image = useTransformed(photo.image, chosen);
  const untouched = useShownPixels(photo.image);
  const pixels = useMemo(
    () => (image === photo.image ? untouched : image && toRgba(image)),
    [image, photo.image, untouched],
  );
  return (
    <section aria-labelledby="moved-title">
      <h3 id="moved-title">What if it were moved, turned, blurred or covered?</h3>
      <p class="explanation">
        Nothing that matters to us is lost in a small move. Does the network agree? What comes into view at an
        edge is the image mirrored there.
      </p>
      <div class="moved">
        <div class="moved-image">
          {pixels !== undefined && <Coverable covered={chosen.cover > 0} pixels={pixels} name={photo.name} />}
          <p class="about">Drag over the image to cover a part of it with a grey square.</p>
        </div>
        <fieldset class="moved-sliders">
          <legend>Transform the image</legend>
          {parameters.map((parameter) => (
            <Slider
              key={parameter}
              {...ranges[parameter]}
              value={chosen[parameter]}
              onInput={(value) => {
                transformation.value = { ...transformation.value, [parameter]: value };
              }}
            />
          ))}
          <button
            type="button"
            onClick={() => {
              transformation.value = atRest;
            }}
          >
            Reset
          </button>
        </fieldset>
        <div class="moved-answers">
          {image !== undefined &&
            answers.map((before) => <Changing key={before.file.name} before={before} image={image} />)}
        </div>
      </div>
    </section>
  );
}

/** At rest the image itself, else a transformed copy; undefined until there is one of this image. */
function useTransformed(image: RgbImage, chosen: Transformation): RgbImage | undefined {
  const working = useLatest(async () => ({ of: image, copy: await smaller(image, workingSide) }), [image]);
  return useMemo(() => {
    if (isAtRest(chosen)) return image;
    return working?.of === image ? transform(working.copy, chosen) : undefined;
  }, [image, working, chosen]);
}

function isAtRest({ shiftX, shiftY, rotation, blur, cover }: Transformation): boolean {
  return [shiftX, shiftY, rotation, blur, cover].every((value) => value === 0);
}

/** Side of the square that a first touch of the image covers, in %. */
const firstCover = 25;

/** The image, which a pointer covers where it is dragged. The sliders do the same for a keyboard. */
function Coverable({
  covered,
  pixels,
  name,
}: {
  readonly covered: boolean;
  readonly pixels: ReturnType<typeof toRgba>;
  readonly name: string;
}) {
  const cover = ({ buttons, clientX, clientY, currentTarget }: PointerOf<HTMLDivElement>) => {
    if (buttons === 0) return;
    const { left, top, width, height } = currentTarget.getBoundingClientRect();
    const share = (offset: number, side: number) =>
      Math.round(Math.min(Math.max((100 * offset) / side, 0), 100));
    transformation.value = {
      ...transformation.value,
      cover: transformation.value.cover || firstCover,
      coverX: share(clientX - left, width),
      coverY: share(clientY - top, height),
    };
  };
  return (
    <div
      class="stage coverable"
      data-covered={covered}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        cover(event);
      }}
      onPointerMove={cover}
    >
      <Pixels class="stage-pixels" image={pixels} label={`${name}, transformed`} />
    </div>
  );
}

type PointerOf<E> = Pick<PointerEvent, 'buttons' | 'clientX' | 'clientY'> & { readonly currentTarget: E };

/** What a model says of the image as it is now, beside what it said of the image as it was. */
function Changing({ before, image }: { readonly before: Answer; readonly image: RgbImage }) {
  const { file, classes } = before;
  const running = engine.value;
  const now = useLatest(
    async () => (await running.predict(file, image)).probabilities,
    [running, file, image],
  );
  if (now === undefined) return null;
  return <Change model={file.name} before={rank(classes, before.probabilities)} now={rank(classes, now)} />;
}
