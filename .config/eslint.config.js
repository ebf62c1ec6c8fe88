import tseslint from 'typescript-eslint'

const exitOnlyInCli = {
  object: 'process',
  property: 'exit',
  message: 'only src/main.ts ends the process: throw a FatalError, so that logs are flushed',
}
const envOnlyInSettings = {
  object: 'process',
  property: 'env',
  message: 'only src/settings/ reads the environment: take it from Settings, where it is validated',
}

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/build/**',
      '**/.tap/**',
      '**/.build/**',
      '**/node_modules/**',
      '.mutants/**',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['test/tsconfig.json', 'src/page/tsconfig.json'],
        tsconfigRootDir: `${import.meta.dirname}/..`,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-properties': ['error', exitOnlyInCli, envOnlyInSettings],
      'no-console': 'error',
    },
  },
  {
    files: ['src/main.ts'],
    rules: { 'no-restricted-properties': ['error', envOnlyInSettings] },
  },
  {
    files: ['src/settings/**/*.ts'],
    rules: { 'no-restricted-properties': ['error', exitOnlyInCli] },
  },
  {
    files: ['.config/**'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { parserOptions: { project: null, projectService: false } },
    rules: {
      ...tseslint.configs.disableTypeChecked.rules,
      '@typescript-eslint/no-require-imports': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // tap's t.test() returns a promise that tap itself awaits.
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
)
