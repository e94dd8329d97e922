import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { type ViewName, view, viewNames } from './route.ts';
import { Complaints } from './ui/complaints.tsx';
import { OfflineStatus } from './ui/offlineStatus.tsx';
import { draggedOver } from './ui/pageInput.ts';
import { Photos } from './ui/photos.tsx';
import { Settings } from './ui/settings.tsx';
import { Learn } from './views/learn.tsx';
import { Predict } from './views/predict.tsx';
import { Understand } from './views/understand.tsx';

const views: { readonly [V in ViewName]: { readonly title: string; readonly Content: ComponentType } } = {
  predict: { title: 'Predict', Content: Predict },
  understand: { title: 'Understand', Content: Understand },
  learn: { title: 'Learn', Content: Learn },
};

export function App() {
  const { title, Content } = views[view.value];
  useEffect(() => {
    document.title = `${title} · Areograph`;
  }, [title]);
  return (
    <div class="page" data-dragged-over={draggedOver.value}>
      <header>
        <h1>Areograph</h1>
        <p>What a small neural network sees in pictures of Mars.</p>
        <nav aria-label="Views">
          {viewNames.map((name) => (
            <a key={name} href={`#${name}`} aria-current={name === view.value ? 'page' : undefined}>
              {views[name].title}
            </a>
          ))}
        </nav>
      </header>
      <main>
        {view.value !== 'learn' && <Settings />}
        <Complaints />
        {view.value !== 'learn' && <Photos />}
        <section aria-labelledby="view-title">
          <h2 id="view-title">{title}</h2>
          <Content />
        </section>
      </main>
      <footer>
        <OfflineStatus />
        <p>
          <strong>Images stay on this device:</strong> nothing is sent anywhere. There is no tracking, and
          once loaded the page needs no network.
        </p>
        <p>
          The networks learned from{' '}
          <a href="https://doi.org/10.5281/zenodo.1049137">photographs by the Curiosity rover</a>, with 24
          kinds of things in them, and know nothing else: whatever they are shown, they name one of these; the
          default one says when an image looks like none. The pictures to try them with are drawings.
        </p>
        <p>
          Weights marked int8 are rounded, to half the bytes: probabilities may differ by a few points from
          those of the study’s own files.
        </p>
        <p>Areograph is free software under the MIT licence.</p>
      </footer>
    </div>
  );
}
