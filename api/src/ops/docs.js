'use strict';
// Shows /openapi.json: routes by group, what goes in and comes out, and a form that sends a request with the key above.
(() => {
  const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
  const byId = (id) => document.getElementById(id);
  let api;

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.flat().filter((child) => child !== undefined && child !== null));
    return node;
  }

  function resolve(node) {
    let steps = 0;
    while (node && node.$ref && steps++ < 20) {
      node = node.$ref.slice(2).split('/').reduce((at, part) =>
        at && at[part.replace(/~1/g, '/').replace(/~0/g, '~')], api);
    }
    return node || {};
  }

  function typeOf(schema) {
    if (schema && schema.$ref) return schema.$ref.split('/').pop();
    const plain = schema || {};
    const variants = plain.oneOf || plain.anyOf;
    if (variants) return variants.map(typeOf).join(' | ');
    const type = [].concat(plain.type || 'any').join(' | ');
    if (plain.enum) return plain.enum.map((value) => JSON.stringify(value)).join(' | ');
    if (type.includes('array')) return 'array of ' + typeOf(plain.items);
    return plain.format ? `${type} (${plain.format})` : type;
  }

  // An example of a schema, in the words of its author where there are any.
  function sample(schema, depth) {
    const node = resolve(schema);
    if (node.example !== undefined) return node.example;
    if (node.examples && node.examples.length) return node.examples[0];
    if (node.default !== undefined) return node.default;
    if (node.enum) return node.enum[0];
    if (depth > 6) return null;
    if (node.allOf) return Object.assign({}, ...node.allOf.map((part) => sample(part, depth + 1)));
    const variant = (node.oneOf || node.anyOf || []).find((part) => resolve(part).type !== 'null');
    if (variant) return sample(variant, depth + 1);
    const type = [].concat(node.type || []).find((name) => name !== 'null');
    switch (type || (node.properties ? 'object' : '')) {
      case 'object': {
        const out = {};
        for (const [name, part] of Object.entries(node.properties || {})) out[name] = sample(part, depth + 1);
        return out;
      }
      case 'array': return [sample(node.items, depth + 1)];
      case 'integer': return 1;
      case 'number': return 1.5;
      case 'boolean': return true;
      case 'string':
        if (node.format === 'date') return '2026-01-31';
        if (node.format === 'date-time') return '2026-01-31T12:00:00.000Z';
        if (node.format === 'uuid') return '01890000-0000-7000-8000-000000000001';
        return 'text';
      default: return null;
    }
  }

  function fieldTable(schema) {
    const node = resolve(schema);
    const properties = Object.entries(node.properties || {});
    if (!properties.length) return null;
    const required = new Set(node.required || []);
    return make('table', {},
      make('tr', {}, make('th', {}, 'Field'), make('th', {}, 'Type'), make('th', {}, 'Meaning')),
      properties.map(([name, part]) => make('tr', {},
        make('td', {}, make('code', {}, name), required.has(name) ? make('b', { title: 'required' }, ' *') : null),
        make('td', {}, make('code', {}, typeOf(part))),
        make('td', {}, part.description || resolve(part).description || ''))));
  }

  function content(body) {
    const [type, media] = Object.entries((body && body.content) || {})[0] || [];
    return type ? { type, schema: media.schema, example: media.example } : null;
  }

  function parameterRows(parameters) {
    return parameters.map((parameter) => {
      const input = make('input', {
        'data-in': parameter.in, 'data-name': parameter.name,
        placeholder: String(sample(parameter.schema, 0) ?? ''), 'aria-label': parameter.name,
      });
      return make('tr', {},
        make('td', {}, make('code', {}, parameter.name), parameter.required ? make('b', {}, ' *') : null),
        make('td', { class: 'soft' }, parameter.in),
        make('td', {}, input),
        make('td', {}, parameter.description || ''));
    });
  }

  async function send(form, method, path, bodyType) {
    const result = form.querySelector('.result');
    const query = new URLSearchParams();
    const headers = {};
    let address = path;
    for (const input of form.querySelectorAll('input[data-in]')) {
      const { in: place, name } = input.dataset;
      if (place === 'path') address = address.replace(`{${name}}`, encodeURIComponent(input.value));
      else if (input.value === '') continue;
      else if (place === 'query') query.append(name, input.value);
      else headers[name] = input.value;
    }
    const key = byId('key').value.trim();
    if (key) headers.Authorization = `Bearer ${key}`;
    const area = form.querySelector('textarea');
    const body = area && area.value.trim() ? area.value : undefined;
    if (body) headers['Content-Type'] = bodyType;
    if ([...query].length) address += `?${query}`;
    result.textContent = '...';
    try {
      const began = performance.now();
      const response = await fetch(address, { method: method.toUpperCase(), headers, body });
      const took = Math.round(performance.now() - began);
      const shown = ['etag', 'x-next-cursor', 'idempotent-replayed', 'retry-after', 'allow', 'x-request-id']
        .filter((name) => response.headers.has(name)).map((name) => `${name}: ${response.headers.get(name)}`);
      const type = response.headers.get('content-type') || '';
      let text = '';
      if (type.includes('json') || type.startsWith('text/')) {
        text = await response.text();
        // Laid out by eye only: parsing and printing again would turn exact decimals into floats.
        if (type.includes('json')) text = layOut(text);
      } else {
        const blob = await response.blob();
        text = blob.size ? `(${type}, ${blob.size} bytes)` : '';
      }
      result.textContent =
        `${response.status} ${response.statusText}  ${took} ms\n${shown.join('\n')}\n\n${text}`.trim();
    } catch (error) {
      result.textContent = String(error);
    }
  }

  // Indents JSON text without touching what is in it.
  function layOut(text) {
    let out = '', depth = 0, quoted = false;
    for (let at = 0; at < text.length; at++) {
      const letter = text[at];
      if (quoted) {
        out += letter;
        if (letter === '\\') out += text[++at] ?? '';
        else if (letter === '"') quoted = false;
      } else if (letter === '"') { quoted = true; out += letter; }
      else if (letter === '{' || letter === '[') {
        const empty = text[at + 1] === '}' || text[at + 1] === ']';
        if (empty) { out += letter + text[++at]; } else { depth++; out += letter + '\n' + '  '.repeat(depth); }
      } else if (letter === '}' || letter === ']') { depth--; out += '\n' + '  '.repeat(Math.max(depth, 0)) + letter; }
      else if (letter === ',') out += ',\n' + '  '.repeat(depth);
      else if (letter === ':') out += ': ';
      else if (!/\s/.test(letter)) out += letter;
    }
    return out;
  }

  function fill(panel, method, path, operation, shared) {
    const parameters = [...shared, ...(operation.parameters || [])].map(resolve);
    const input = content(resolve(operation.requestBody));
    const form = make('form', { onsubmit: (event) => {
      event.preventDefault();
      send(form, method, path, input && input.type);
    } });
    if (operation.description) panel.append(make('p', {}, operation.description));
    if (parameters.length) form.append(make('h3', {}, 'Parameters'), make('table', {}, parameterRows(parameters)));
    if (input) {
      const area = make('textarea', { spellcheck: 'false', 'aria-label': 'Body' });
      area.value = JSON.stringify(input.example ?? sample(input.schema, 0), null, 2);
      form.append(make('h3', {}, `Body (${input.type})`), area, fieldTable(input.schema) || '');
    }
    form.append(make('p', {}, make('button', { type: 'submit' }, 'Send')), make('pre', { class: 'result' }));
    panel.append(form, make('h3', {}, 'Answers'), make('table', {},
      Object.entries(operation.responses || {}).map(([status, answer]) => {
        const node = resolve(answer);
        const output = content(node);
        const example = output && status.startsWith('2') && output.type.includes('json')
          ? make('pre', {}, JSON.stringify(output.example ?? sample(output.schema, 0), null, 2)) : null;
        return make('tr', {}, make('td', {}, make('code', {}, status)), make('td', {}, node.description || '', example));
      })));
  }

  function operationNode(method, path, operation, shared) {
    const panel = make('div', {});
    let filled = false;
    return make('details', {
      class: 'operation', 'data-text': `${method} ${path} ${operation.summary || ''} ${operation.description || ''}`.toLowerCase(),
      ontoggle: () => { if (!filled) { filled = true; fill(panel, method, path, operation, shared); } },
    },
    make('summary', {}, make('span', { class: `method ${method}` }, method), make('span', { class: 'path' }, path),
      make('span', { class: 'about' }, operation.summary || '')), panel);
  }

  function show() {
    const groups = new Map();
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of METHODS.filter((name) => item[name])) {
        const tag = (item[method].tags || ['other'])[0];
        if (!groups.has(tag)) groups.set(tag, []);
        groups.get(tag).push(operationNode(method, path, item[method], item.parameters || []));
      }
    }
    byId('version').textContent = api.info.version;
    byId('content').replaceChildren(
      ...(api.info.description || '').split('\n\n').map((text) => make('p', { class: 'soft' }, text)),
      ...[...groups].map(([tag, nodes]) => make('section', { id: `group-${tag}` }, make('h2', {}, tag), nodes)));
    byId('nav').replaceChildren(...[...groups.keys()].map((tag) => make('a', { href: `#group-${tag}` }, tag)));
  }

  byId('find').addEventListener('input', (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const node of document.querySelectorAll('details.operation')) {
      node.hidden = !words.every((word) => node.dataset.text.includes(word));
    }
    for (const section of document.querySelectorAll('section[id^=group-]')) {
      section.hidden = !section.querySelector('details.operation:not([hidden])');
    }
  });

  fetch('/openapi.json').then((response) => response.json()).then((found) => { api = found; show(); })
    .catch((error) => { byId('status').textContent = `The description could not be read: ${error}`; });
})();
