import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Camera } from './camera.tsx';
import { givenFiles } from './givenFiles.ts';

export interface ImageInputProps {
  /** What the images are for, read out with the group: `Images of class 1`. */
  readonly label: string;
  /** Called with what was chosen, dropped or photographed; files of any kind. */
  onFiles(files: readonly File[]): void;
}

/** The ways to give images: a file picker, a place to drop them, the camera. */
export function ImageInput({ label, onFiles }: ImageInputProps) {
  const hovered = useSignal(false);
  const photographing = useSignal(false);
  const cameraButton = useRef<HTMLButtonElement>(null);
  return (
    <fieldset
      class="image-input"
      aria-label={label}
      data-hovered={hovered.value}
      onDragOver={(event) => {
        event.preventDefault();
        hovered.value = true;
      }}
      onDragLeave={({ currentTarget, relatedTarget }) => {
        // Also sent when the pointer moves on to what is inside.
        hovered.value = relatedTarget instanceof Node && currentTarget.contains(relatedTarget);
      }}
      onDrop={(event) => {
        event.preventDefault();
        // The page takes drops too, where no zone did.
        event.stopPropagation();
        hovered.value = false;
        if (event.dataTransfer !== null) onFiles(givenFiles(event.dataTransfer));
      }}
    >
      <div class="image-input-ways">
        <label class="button primary">
          Choose images
          <input
            class="hidden-input"
            type="file"
            accept="image/*"
            multiple
            onChange={({ currentTarget }) => {
              onFiles([...(currentTarget.files ?? [])]);
              // Or the same file could not be chosen again.
              currentTarget.value = '';
            }}
          />
        </label>
        <button
          type="button"
          ref={cameraButton}
          aria-expanded={photographing.value}
          onClick={() => {
            photographing.value = !photographing.value;
          }}
        >
          Use the camera
        </button>
        <span class="drop-hint">or drop them here</span>
      </div>
      {photographing.value && (
        <Camera
          onPicture={(picture) => onFiles([picture])}
          onClose={() => {
            photographing.value = false;
            cameraButton.current?.focus();
          }}
        />
      )}
    </fieldset>
  );
}
