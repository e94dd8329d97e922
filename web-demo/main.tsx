import 'virtual:palette.css';
import './page.css';
import { render } from 'preact';
import { startAnswering } from './answers.ts';
import { App } from './app.tsx';
import { keepOffline } from './offline/offline.ts';
import { complain, loadCatalogue, startEngine } from './state.ts';
import { takePageInput } from './ui/pageInput.ts';

startEngine();
startAnswering();
takePageInput();
loadCatalogue().catch(complain);
keepOffline();
const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no #app');
render(<App />, root);
