// Pan and zoom of all pictures at once, swapping of fragments without flicker, keys, and files from the person's disk.
window.studio = (() => {
  const view = { zoom: 1, x: 0, y: 0 };
  const root = document.documentElement;
  const pointers = new Map();
  let moved = false;

  function sharpen(scope = document) {
    for (const image of scope.querySelectorAll('.view img')) {
      const shown = image.clientWidth * view.zoom * devicePixelRatio;
      image.style.imageRendering = shown >= image.naturalWidth ? 'pixelated' : 'auto';
    }
  }

  function apply() {
    view.zoom = Math.min(32, Math.max(1, view.zoom));
    view.x = Math.min(0, Math.max(1 - view.zoom, view.x));
    view.y = Math.min(0, Math.max(1 - view.zoom, view.y));
    root.style.setProperty('--zoom', view.zoom);
    root.style.setProperty('--x', view.x);
    root.style.setProperty('--y', view.y);
    sharpen();
  }

  // Zooms by a factor around a point, in shares of a view.
  function zoom(factor, x = 0.5, y = 0.5) {
    const before = view.zoom;
    view.zoom = Math.min(32, Math.max(1, view.zoom * factor));
    const real = view.zoom / before;
    view.x = x - (x - view.x) * real;
    view.y = y - (y - view.y) * real;
    apply();
  }

  function pan(x, y) {
    view.x += x;
    view.y += y;
    apply();
  }

  function reset() {
    Object.assign(view, { zoom: 1, x: 0, y: 0 });
    apply();
  }

  function at(event, element) {
    const box = element.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  document.addEventListener('wheel', event => {
    const element = event.target.closest?.('.view');
    if (!element) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), ...at(event, element));
  }, { passive: false });

  document.addEventListener('pointerdown', event => {
    const element = event.target.closest?.('.view');
    if (!element || event.button) return;
    moved = false;
    pointers.set(event.pointerId, { element, x: event.clientX, y: event.clientY });
  });

  document.addEventListener('pointermove', event => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const box = last.element.getBoundingClientRect();
    const [dx, dy] = [event.clientX - last.x, event.clientY - last.y];
    if (Math.hypot(dx, dy) < 3 && !moved) return;
    moved = true;
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
      const distance = (x, y) => Math.hypot(x - other.x, y - other.y) || 1;
      zoom(distance(event.clientX, event.clientY) / distance(last.x, last.y), ...at(event, last.element));
    } else {
      pan(dx / box.width, dy / box.height);
    }
    Object.assign(last, { x: event.clientX, y: event.clientY });
  });

  for (const name of ['pointerup', 'pointercancel']) {
    document.addEventListener(name, event => pointers.delete(event.pointerId));
  }

  document.addEventListener('dblclick', event => {
    if (event.target.closest?.('.panel .view')) reset();
  });

  // Shows the picture after a step large, in the place of the last panel, until it is clicked again.
  function show(frame) {
    const panel = [...document.querySelectorAll('.panel')].at(-1);
    const was = frame.classList.contains('shown');
    document.querySelectorAll('.frame.shown').forEach(each => each.classList.remove('shown'));
    const [image, caption] = [panel.querySelector('img'), panel.querySelector('figcaption b')];
    panel.dataset.url ??= image.getAttribute('src');
    panel.dataset.title ??= caption.textContent;
    image.src = was ? panel.dataset.url : frame.querySelector('img').src;
    caption.textContent = was ? panel.dataset.title : `after ${frame.querySelector('figcaption').textContent.trim()}`;
    frame.classList.toggle('shown', !was);
    image.decode().then(() => sharpen(panel), () => {});
  }

  document.addEventListener('click', event => {
    const frame = event.target.closest?.('.frame');
    if (frame && event.target.closest('.view') && !moved) show(frame);
    const chosen = event.target.closest?.('[data-emit]');
    if (chosen && !moved) emitEvent(chosen.dataset.emit, JSON.parse(chosen.dataset.value ?? 'null'));
    const overview = event.target.closest?.('.overview img');
    if (overview) emitEvent('studio-crop', at(event, overview));
  });

  document.addEventListener('click', event => {
    const button = event.target.closest?.('[data-copy], [data-download]');
    if (!button) return;
    const text = document.getElementById(button.dataset.copy ?? button.dataset.download).textContent;
    if (button.dataset.copy) {
      const label = button.textContent;
      navigator.clipboard.writeText(text).then(() => { button.textContent = 'Copied'; });
      setTimeout(() => { button.textContent = label; }, 1200);
    } else {
      const url = URL.createObjectURL(new Blob([text], { type: 'text/yaml' }));
      Object.assign(document.createElement('a'), { href: url, download: button.dataset.file }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    }
  });

  const KEYS = {
    r: () => emitEvent('studio-redraw', 1), R: () => emitEvent('studio-redraw', -1),
    '+': () => zoom(1.5), '=': () => zoom(1.5), '-': () => zoom(1 / 1.5), '0': reset,
    ArrowLeft: () => pan(0.1, 0), ArrowRight: () => pan(-0.1, 0),
    ArrowUp: () => pan(0, 0.1), ArrowDown: () => pan(0, -0.1),
  };

  document.addEventListener('keydown', event => {
    const isUndo = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'z';
    if (isUndo && !event.target.closest?.('input, textarea, .q-dialog')) {
      event.preventDefault();
      emitEvent(event.shiftKey ? 'studio-redo' : 'studio-undo');
      return;
    }
    const takesAll = event.target.closest?.('input, textarea, select, [role=combobox], [role=listbox], .q-menu, .q-dialog');
    const takesArrows = event.key.startsWith('Arrow') && event.target.closest?.('[role=slider], [role=tab]');
    if (takesAll || takesArrows || event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  // Loads the pictures of large panels before they are shown, so that nothing flickers.
  function loaded(url) {
    const image = new Image();
    image.src = url;
    return image.decode().catch(() => {});
  }

  // Puts HTML into an element, one after another; of what waits for an element, the newest wins.
  const newest = new Map();
  let turn = Promise.resolve();
  function put(id, html, stamp) {
    newest.set(id, stamp);
    turn = turn.then(() => swap(id, html, stamp)).catch(console.error);
  }

  async function swap(id, html, stamp) {
    if (newest.get(id) !== stamp) return;
    const fresh = document.createElement('template');
    fresh.innerHTML = html;
    await Promise.all([...fresh.content.querySelectorAll('.panel img')].map(image => loaded(image.getAttribute('src'))));
    const target = document.getElementById(id);
    if (!target || newest.get(id) !== stamp) return;
    const open = [...target.querySelectorAll('details')].map(each => each.open);
    target.replaceChildren(fresh.content);
    [...target.querySelectorAll('details')].forEach((each, index) => { each.open = open[index] ?? each.open; });
    target.dataset.stamp = stamp;
    sharpen(target);
    target.querySelectorAll('.view img').forEach(image => image.addEventListener('load', () => sharpen(target)));
  }

  // Focuses the button of an operator or an empty field, as soon as the form has it, for who works with the keyboard.
  function focusOn(path, tries = 20) {
    const button = document.querySelector(`[data-menu="${path}"], [data-add="${path}"]`);
    if (button) {
      button.focus({ preventScroll: true });
      (button.closest('.operator') ?? button).scrollIntoView({ block: 'nearest' });
    } else if (tries) {
      setTimeout(focusOn, 25, path, tries - 1);
    }
  }

  async function send(kind, files) {
    for (const file of files) {
      const response = await fetch(`/files/${kind}?name=${encodeURIComponent(file.name)}`, { method: 'POST', body: file });
      emitEvent(`studio-${kind}`, { ok: response.ok, answer: await response.text() });
    }
  }

  function choose(kind, accept, multiple) {
    const input = Object.assign(document.createElement('input'), { type: 'file', accept, multiple });
    input.addEventListener('change', () => send(kind, input.files));
    input.click();
  }

  document.addEventListener('dragover', event => event.preventDefault());
  document.addEventListener('drop', event => {
    event.preventDefault();
    const files = [...event.dataTransfer.files].slice(0, 1);
    send(files[0]?.name.match(/\.ya?ml$/i) ? 'recipe' : 'photo', files);
  });

  addEventListener('resize', () => sharpen());
  return { put, choose, reset, zoom, focusOn };
})();
