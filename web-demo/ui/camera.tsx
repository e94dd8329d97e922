import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { openCamera, photograph } from '../images/camera.ts';
import { errorText } from '../state.ts';

export interface CameraProps {
  /** Called with each picture that is taken. */
  onPicture(picture: File): void;
  onClose(): void;
}

/** What the camera sees, and a button to keep it. The camera is on while this is shown. */
export function Camera({ onPicture, onClose }: CameraProps) {
  const video = useRef<HTMLVideoElement>(null);
  const trigger = useRef<HTMLButtonElement>(null);
  const live = useSignal(false);
  const problem = useSignal<string | undefined>(undefined);
  const taken = useSignal(0);

  useEffect(() => {
    let closed = false;
    let stream: MediaStream | undefined;
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    openCamera(() => {
      live.value = false;
      problem.value = 'The camera was switched off or unplugged. Close it here, and open it again.';
    })
      .then((opened) => {
        stream = opened;
        // Closed while the browser was still asking for permission.
        if (closed || video.current === null) stop();
        else video.current.srcObject = opened;
      })
      .catch((error: unknown) => {
        problem.value = errorText(error);
      });
    return () => {
      closed = true;
      stop();
    };
  }, [live, problem]);

  const take = async () => {
    if (video.current === null) return;
    try {
      onPicture(await photograph(video.current));
      taken.value += 1;
    } catch (error) {
      problem.value = errorText(error);
    }
  };

  return (
    <div class="camera">
      {problem.value === undefined ? (
        <video
          ref={video}
          autoplay
          playsinline
          muted
          aria-label="What the camera sees"
          onPlaying={() => {
            live.value = true;
            trigger.current?.focus();
          }}
        />
      ) : (
        <p role="alert">{problem.value}</p>
      )}
      <div class="camera-controls">
        <button type="button" class="primary" ref={trigger} disabled={!live.value} onClick={take}>
          Take a picture
        </button>
        <button type="button" onClick={onClose}>
          Close the camera
        </button>
        <span role="status">
          {problem.value === undefined && !live.value && 'Waiting for the camera: the browser may ask you.'}
          {taken.value > 0 && `${taken.value} taken.`}
        </span>
      </div>
    </div>
  );
}
