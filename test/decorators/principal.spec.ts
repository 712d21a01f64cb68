import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import ts from 'typescript';
import { MessageMapping, Principal } from '../../lib/decorators/index.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const SOURCE = `
import { MessageMapping, Principal } from '../../lib/decorators/index.js';

export class Handlers {
  @MessageMapping('/a')
  undecorated(_payload: string, user: Principal) {
    return user.name.toUpperCase();
  }
}
`;

describe('Principal', () => {
  it('is known as a type at run time, as this test’s own compiler leaves it', () => {
    class Handlers {
      @MessageMapping('/a')
      handle(_user: Principal) {}

      @MessageMapping('/b')
      decorated(@Principal() _user: Principal) {}
    }
    expect(Reflect.getMetadata('design:paramtypes', Handlers.prototype, 'handle')).toEqual([Principal]);
    expect(Reflect.getMetadata('design:paramtypes', Handlers.prototype, 'decorated')).toEqual([Principal]);
  });

  it('is kept by swc as it is set up for Nest', () => {
    const { code } = transformSync(SOURCE, {
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        target: 'es2022',
      },
    });
    expect(code).toMatch(/import \{[^}]*Principal[^}]*\}/);
    expect(code).toMatch(/design:paramtypes",\s*\[\s*String,\s*typeof Principal === "undefined" \? Object : Principal/);
  });

  it('is kept by tsc, and is a type with a name', () => {
    const folder = mkdtempSync(join(ROOT, 'test/decorators/tsc-'));
    try {
      const file = join(folder, 'handlers.ts');
      writeFileSync(file, SOURCE.replaceAll('../../lib', '../../../lib'));
      const { options } = ts.getParsedCommandLineOfConfigFile(
        join(ROOT, 'tsconfig.json'),
        {},
        { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (diagnostic) => fail(diagnostic) },
      )!;
      const program = ts.createProgram([file], { ...options, noEmit: false, outDir: folder, declaration: false });
      const source = program.getSourceFile(file)!;
      expect(ts.getPreEmitDiagnostics(program, source).map(({ messageText }) => messageText)).toEqual([]);
      let emitted = '';
      program.emit(source, (_name, text) => (emitted ||= _name.endsWith('.js') ? text : ''));
      expect(emitted).toMatch(/import \{ MessageMapping, Principal \}/);
      expect(emitted).toMatch(/"design:paramtypes", \[String, Principal\]/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function fail(diagnostic: ts.Diagnostic): never {
  throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
}
